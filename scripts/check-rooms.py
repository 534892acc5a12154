#!/usr/bin/env python3
"""The direction of includes between the rooms of src/, and no ring in a room.

    scripts/check-rooms.py [BUILD]

What a file includes is what the compiler says (cc -MM), through all headers,
of each .c and each .h file. A ring: a file and the header of another (X.c with
X.h is one) include each other. With BUILD, a directory that was built, also by
the symbols in its objects (nm): files of a room that call each other.
Prints each objection; exits with 1 where there is one.
"""
import os
import re
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A room, and what it may include of others: rooms, or single headers of them.
MAY = {
    'util': (),
    'trace': ('util',),
    'sink': ('trace', 'util'),
    'transfer': ('sink', 'trace', 'util'),
    'worker': ('transfer', 'sink', 'trace', 'util'),
    'modes': ('worker', 'transfer', 'sink', 'trace', 'util'),
    'policy': ('util', 'transfer/job.h'),
    'journal': ('policy', 'util', 'transfer/job.h'),
    'schedule': ('policy', 'trace', 'util', 'transfer/job.h'),
    'run': ('policy', 'journal', 'schedule', 'modes', 'transfer', 'sink',
            'trace', 'util'),
    'list': ('util',),
    'origin': ('util',),
    'cli': ('list', 'origin', 'policy', 'journal', 'util', 'modes/traits.h',
            'transfer/file_budget.h', 'transfer/job.h'),
    'compare': ('cli', 'list', 'origin', 'policy', 'journal', 'util',
                'modes/traits.h', 'transfer/file_budget.h', 'transfer/job.h'),
}
# Who may include what comes from outside.
CURL = re.compile(r'transfer/|util/url\.c$')


def sources():
    listed = subprocess.run(['git', 'ls-files', 'src'], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split()
    return [name[4:] for name in listed if name.endswith(('.c', '.h'))
            and (ROOT / name).exists()]


def includes(name):
    """What the compiler reads for a file: names below src/, or absolute."""
    command = [os.environ.get('CC', 'cc'), '-M', '-x', 'c', '-std=c11',
               '-D_GNU_SOURCE', '-DHAUL_VERSION=""', '-Iinclude', '-Isrc',
               'src/' + name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'{name} does not stand for itself:\n{done.stderr}')
    read = done.stdout.replace('\\\n', ' ').split()[1:]
    return {one.removeprefix('src/') for one in read} - {name}


def room(name):
    return name.split('/')[0]


def may_include(name, other):
    allowed = MAY[room(name)]
    return (room(other) == room(name) or room(other) in allowed or
            other in allowed)


def directions(read):
    for name, others in sorted(read.items()):
        for other in sorted(others):
            if other in read and not may_include(name, other):
                yield f'{name} includes {other}, which is not below it'
        curl = any('/curl/' in other for other in others)
        if curl and not CURL.match(name):
            yield f'{name} includes <curl/curl.h>: for transfer/ and url.c'
        both = any(other.endswith('/uv.h') for other in others)
        if curl and both and name.startswith('transfer/'):
            direct = (ROOT / 'src' / name).read_text()
            if '<uv.h>' in direct and '<curl/' in direct and \
                    name != 'transfer/curl_uv.c':
                yield f'{name}: libuv and libcurl meet in curl_uv.c alone'


def stem(name):
    return name.rsplit('.', 1)[0]


def rings(edges):
    """The strongly connected parts of more than one: Tarjan's algorithm."""
    order, low, on, stack, found = {}, {}, set(), [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        on.add(node)
        for other in edges.get(node, ()):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            ring = []
            while not ring or ring[-1] != node:
                ring.append(stack.pop())
                on.discard(ring[-1])
            if len(ring) > 1:
                found.append(sorted(ring))

    sys.setrecursionlimit(10000)
    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found


def include_rings(read):
    edges = defaultdict(set)
    for name, others in read.items():
        edges[stem(name)] |= {stem(other) for other in others
                              if other in read and stem(other) != stem(name)}
    for ring in rings(edges):
        yield 'a ring of includes: ' + ', '.join(ring)


def symbols(build):
    """Of each object its file, what it defines and what it needs."""
    for path in sorted(Path(build).glob('CMakeFiles/haul_*.dir/src/*/*.o')):
        name = f'{path.parent.name}/{path.name[:-4]}'
        table = subprocess.run(['nm', path], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        rows = [line.split() for line in table]
        yield (name, {row[2] for row in rows
                      if len(row) == 3 and row[1] in 'BDRTV'},
               {row[1] for row in rows if len(row) == 2 and row[0] == 'U'})


def symbol_rings(build):
    objects = [one for one in symbols(build)
               if (ROOT / 'src' / (one[0] + '.c')).exists()]
    if not objects:
        sys.exit(f'{build}: no objects')
    home = {symbol: name for name, defined, _ in objects for symbol in defined}
    edges = {name: {home[symbol] for symbol in needed if symbol in home
                    and room(home[symbol]) == room(name)
                    and home[symbol] != name}
             for name, _, needed in objects}
    for ring in rings(edges):
        yield 'files that call each other: ' + ', '.join(ring)


def main():
    names = sources()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        read = dict(zip(names, pool.map(includes, names)))
    objections = [*directions(read), *include_rings(read)]
    if len(sys.argv) > 1:
        objections += symbol_rings(sys.argv[1])
    print('\n'.join(objections), file=sys.stderr, end='\n' * bool(objections))
    sys.exit(bool(objections))


if __name__ == '__main__':
    main()

"""What is asked of a host, in all four modes: no more at a time than -x, no
faster than the rates, nothing while it wants a pause; and less of one that
says it is busy, for as long as it says so."""

import asyncio
import collections
import threading
import time

import soak
from soak import MODES, Soak, figure, size

JOBS = {"sequential": 1, "threads": 24, "processes": 6, "async": 64}


class Counting:
    """An HTTP server on all of 127.0.0.0/8 that counts: requests in progress
    for each address, and when each began. answer(server, path, in progress)
    gives a status, extra headers and how long it takes."""

    def __init__(self, test, answer):
        self.answer = answer
        self.begun = collections.defaultdict(list)
        self.now = collections.Counter()
        self.most = collections.Counter()
        self.statuses = []
        self.running = []  # with the time of each change
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,),
                                       daemon=True)
        self.thread.start()
        ready.wait()
        test.addCleanup(self._close)

    def _run(self, ready):
        async def listen():
            self.server = await asyncio.start_server(
                self._serve, "0.0.0.0", 0, backlog=512)
            self.port = self.server.sockets[0].getsockname()[1]
            ready.set()

        self.loop.create_task(listen())
        self.loop.run_forever()

    def _close(self):
        async def end():
            self.server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join()
        self.loop.close()

    async def _serve(self, reader, writer):
        host = writer.get_extra_info("sockname")[0]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(host, head.split()[1].decode(), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, host, path, writer):
        self.begun[host].append(time.monotonic())
        self.now[host] += 1
        self.most[host] = max(self.most[host], self.now[host])
        self.running.append((time.monotonic(), self.now[host]))
        status, headers, seconds = self.answer(self, path, self.now[host])
        await asyncio.sleep(seconds)
        # What the client does next comes after this.
        self.now[host] -= 1
        self.statuses.append((time.monotonic(), status))
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 3\r\n{headers}"
                     f"\r\nabc".encode())
        await writer.drain()

    def url(self, name, host="127.0.0.1"):
        return f"http://{host}:{self.port}/{name}"


def slowly(seconds):
    return lambda server, path, running: (200, "", seconds)


class Polite(Soak):
    def run_mode(self, mode, urls, *options, status=0):
        path = self.write_list("list", urls)
        return self.fetch("-m", mode, "-j", JOBS[mode], "-i", path, "-d",
                          self.scratch / mode, "-o", "{host}-{name}",
                          "--retry-delay", "0.05", *options, status=status)

    def test_the_cap_holds_over_the_whole_run(self):
        for mode in MODES:
            for cap in size((1, 5), (4,)):
                server = Counting(self, slowly(0.02))
                urls = [server.url(f"{cap}-{i}", f"127.0.0.{1 + i % 3}")
                        for i in range(size(300, 60))]
                self.run_mode(mode, urls, "-x", cap)
                for host, most in server.most.items():
                    self.assertLessEqual(most, cap, f"{mode} at {host}")
                # And it is used.
                if JOBS[mode] >= 3 * cap:
                    self.assertEqual(max(server.most.values()), cap)

    def rate_of(self, times):
        times = sorted(times)
        return (len(times) - 1) / (times[-1] - times[0])

    def test_rates_of_the_run_and_of_each_host(self):
        for mode in MODES:
            server = Counting(self, slowly(0))
            urls = [server.url(f"r{i}", f"127.0.0.{1 + i % 4}")
                    for i in range(size(240, 60))]
            self.run_mode(mode, urls, "--rate", "40/s")
            rate = self.rate_of(sum(server.begun.values(), []))
            # A timer that is late may be caught up, by what 50 ms give.
            self.assertLess(rate, size(42, 50), mode)
            self.assertGreater(rate, size(30, 15), mode)
            server = Counting(self, slowly(0))
            urls = [server.url(f"h{i}", f"127.0.0.{1 + i % 4}")
                    for i in range(size(160, 80))]
            self.run_mode(mode, urls, "--rate-per-host", "20/s")
            for host, times in server.begun.items():
                rate = self.rate_of(times)
                self.assertLess(rate, size(22, 32), f"{mode} at {host}")
                self.assertGreater(rate, size(14, 7), f"{mode} at {host}")

    def test_retry_after_is_a_pause_of_the_host(self):
        for mode in MODES:
            asked = []

            def answer(server, path, running):
                if path == "/3" and not asked:
                    asked.append(time.monotonic())
                    return 503, "Retry-After: 2\r\n", 0
                return 200, "", 0.02

            server = Counting(self, answer)
            urls = [server.url(i) for i in range(60)]
            urls += [server.url(f"other{i}", "127.0.0.2") for i in range(120)]
            self.run_mode(mode, urls)
            at = asked[0]
            # What was already on its way comes within a moment.
            paused = [t - at for t in server.begun["127.0.0.1"]
                      if size(0.3, 0.8) < t - at < 1.9]
            self.assertEqual(paused, [], mode)
            if mode != "sequential":
                self.assertTrue(any(0.01 < t - at < 1.9
                                    for t in server.begun["127.0.0.2"]), mode)
            self.assertEqual(len(server.begun["127.0.0.1"]), 61)

    def busy_run(self, mode, *options):
        """A host that is busy, beyond 3 at a time, for its first seconds.
        Returns how often it said so, and how many it had at once, at most, at
        the end."""
        began = []

        def answer(server, path, running):
            began.append(time.monotonic())
            busy = running > 3 and began[-1] - began[0] < size(6, 2)
            return (429 if busy else 200), "", 0.03

        server = Counting(self, answer)
        urls = [server.url(f"{len(options)}-{i}")
                for i in range(size(3000, 900))]
        self.run_mode(mode, urls, "-x", "12", "--retry", "90", *options)
        self.assertEqual(server.most["127.0.0.1"], 12, mode)
        refused = sum(status == 429 for _, status in server.statuses)
        end = max(t for t, _ in server.running)
        middle = (began[0] + size(6, 2) + end) / 2
        return refused, max(n for t, n in server.running if t > middle)

    def test_a_busy_host_is_asked_for_less_and_later_for_more(self):
        for mode in size(("threads", "async"), ("async",)):
            refused, later = self.busy_run(mode)
            stubborn, _ = self.busy_run(mode, "--no-adapt")
            figure(f"{mode}: a busy host said 429 {refused} times, with "
                   f"--no-adapt {stubborn}")
            self.assertLess(refused * size(2, 1.3), stubborn, mode)
            self.assertEqual(later, 12, mode)


if __name__ == "__main__":
    soak.main()

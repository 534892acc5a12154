/* Rows, and what compare says of them: a line for each paragraph. */
#ifndef HL_TESTS_ADVICE_SCENES_H
#define HL_TESTS_ADVICE_SCENES_H

#include <stdbool.h>
#include <stdint.h>

#include "compare/advice.h"

enum { ROWS = 8 };

struct given {
    enum haul_mode_id mode;
    uint32_t workers;
    bool on_pool;
    double seconds;
    uint64_t in_flight;
    double cpu_seconds;
    unsigned memory_mb;
    uint64_t switches;
    double lag_max_ms;
    uint64_t failed;
    uint64_t again;
    double still_s;
    double shortest_s; /* 0: there was one run */
    double longest_s;
};

struct scene {
    const char *name;
    struct hl_setting setting;
    double waiting; /* shares of a file's time in each row */
    double receiving;
    struct given rows[ROWS];
    const char *words;
};

#define SEQUENTIAL   .mode = HAUL_MODE_SEQUENTIAL, .workers = 1
#define THREADS(n)   .mode = HAUL_MODE_THREADS, .workers = (n)
#define PROCESSES(n) .mode = HAUL_MODE_PROCESSES, .workers = (n)
#define ASYNC(n)     .mode = HAUL_MODE_ASYNC, .workers = (n)
#define POOL(n)      ASYNC(n), .on_pool = true
#define ROW(mode, s, n, cpu, mb, switched, lag)                   \
    mode, .seconds = (s), .in_flight = (n), .cpu_seconds = (cpu), \
          .memory_mb = (mb), .switches = (switched), .lag_max_ms = (lag)

static const struct scene scenes[] = {
    {"a list that waits",
     {.files = 100, .latency_ns = 100000000, .cores = 2, .runs = 1},
     0.97,
     0.01,
     {{ROW(SEQUENTIAL, 10.25, 1, 0.10, 12, 400, 3)},
      {ROW(THREADS(10), 1.05, 10, 0.11, 13, 450, 3)},
      {ROW(PROCESSES(5), 2.10, 5, 0.20, 70, 600, 3)},
      {ROW(ASYNC(100), 0.15, 100, 0.09, 14, 300, 4)},
      {ROW(THREADS(100), 0.16, 100, 0.12, 28, 900, 9)}},
     "For this list: async (100) is the fastest, with 0.15 s, 68.3 times as "
     "fast as sequential (10.25 s). Equally fast, as far as the runs can tell: "
     "threads (100) with 0.16 s. (After one run, times within 15 % or 0.03 s "
     "count as equal; --runs 5 tells more.)\n"
     "In sequential, a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 1 % of the run. "
     "Waiting needs no processor, so many files can wait at the same time.\n"
     "More files at a time helped: threads (10) took 1.05 s with 10 at a time, "
     "and threads (100) 0.16 s with 100, 6.6 times as fast. Those are all the "
     "files: still more at a time cannot help this list.\n"
     "With up to 100 files at a time, only the mode differs: async (100) took "
     "0.15 s, 1 fetching thread, 14 MB and 300 switches between threads; "
     "threads (100) took 0.16 s, 100 fetching threads, 28 MB and 900 switches "
     "between threads. None of these is faster than another. Of the 5 threads "
     "of async (100), one fetches all files; the others are libuv's pool, "
     "which stores them.\n"},
    {"fewer files than workers",
     {.files = 40, .latency_ns = 100000000, .cores = 2, .runs = 1},
     0.97,
     0.01,
     {{ROW(SEQUENTIAL, 4.20, 1, 0.05, 12, 200, 3)},
      {ROW(THREADS(10), 0.47, 10, 0.05, 13, 250, 3)},
      {ROW(ASYNC(100), 0.14, 40, 0.04, 14, 110, 4)},
      {ROW(THREADS(100), 0.30, 40, 0.07, 28, 900, 25)}},
     "For this list: async (100) is the fastest, with 0.14 s, 30.0 times as "
     "fast as sequential (4.20 s).\n"
     "In sequential, a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 1 % of the run. "
     "Waiting needs no processor, so many files can wait at the same time.\n"
     "More files at a time helped: threads (10) took 0.47 s with 10 at a time, "
     "and threads (100) 0.30 s with 40, 1.6 times as fast. Those are all the "
     "files: still more at a time cannot help this list.\n"
     "With up to 40 files at a time, only the mode differs: async (100) took "
     "0.14 s, 1 fetching thread, 14 MB and 110 switches between threads; "
     "threads (100) took 0.30 s, 40 fetching threads, 28 MB and 900 switches "
     "between threads. So the mode matters here: async (100) is 2.1 times as "
     "fast as threads (100). Of the 5 threads of async (100), one fetches all "
     "files; the others are libuv's pool, which stores them.\n"},
    {"all files at a time in all rows but one",
     {.files = 5, .latency_ns = 100000000, .cores = 2, .runs = 1},
     0.97,
     0.01,
     {{ROW(SEQUENTIAL, 0.52, 1, 0.02, 12, 40, 3)},
      {ROW(THREADS(10), 0.11, 5, 0.02, 13, 50, 3)},
      {ROW(PROCESSES(5), 0.14, 5, 0.06, 70, 90, 3)},
      {ROW(ASYNC(100), 0.11, 5, 0.01, 12, 30, 4)},
      {ROW(THREADS(100), 0.12, 5, 0.03, 16, 400, 9)}},
     "For this list: threads (10) is the fastest, with 0.11 s, 4.7 times as "
     "fast as sequential (0.52 s). Equally fast, as far as the runs can tell: "
     "async (100) with 0.11 s and threads (100) with 0.12 s. (After one run, "
     "times within 15 % or 0.03 s count as equal; --runs 5 tells more.)\n"
     "In sequential, a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 4 % of the run. "
     "Waiting needs no processor, so many files can wait at the same time.\n"
     "In both threads (10) and threads (100), all 5 files were under way at a "
     "time: the larger number brings nothing here.\n"
     "With up to 5 files at a time, only the mode differs: async (100) took "
     "0.11 s, 1 fetching thread, 12 MB and 30 switches between threads; "
     "threads (100) took 0.12 s, 5 fetching threads, 16 MB and 400 switches "
     "between threads. None of these is faster than another. Of the 5 threads "
     "of async (100), one fetches all files; the others are libuv's pool, "
     "which stores them.\n"},
    {"one file",
     {.files = 1, .latency_ns = 100000000, .cores = 2, .runs = 1},
     0.97,
     0.01,
     {{ROW(SEQUENTIAL, 0.11, 1, 0.01, 11, 14, 3)},
      {ROW(THREADS(10), 0.11, 1, 0.01, 12, 20, 3)},
      {ROW(PROCESSES(5), 0.12, 1, 0.02, 22, 40, 3)},
      {ROW(ASYNC(100), 0.11, 1, 0.01, 12, 15, 4)}},
     "For this list: no row is faster than another. Each took about 0.11 s. "
     "There is only one file, so there is nothing to fetch at the same time.\n"
     "In sequential, a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 9 % of the run.\n"},
    {"one file at a time in every row",
     {.files = 20, .latency_ns = 100000000, .cores = 2, .runs = 1},
     0.97,
     0.01,
     {{ROW(SEQUENTIAL, 2.05, 1, 0.03, 12, 80, 3)},
      {ROW(THREADS(1), 2.06, 1, 0.03, 12, 90, 3)},
      {ROW(PROCESSES(1), 2.09, 1, 0.05, 23, 120, 3)},
      {ROW(ASYNC(1), 2.05, 1, 0.03, 12, 85, 4)}},
     "For this list: no row is faster than another. They took from 2.05 s to "
     "2.09 s, which counts as equal. Every row fetched one file at a time.\n"
     "In sequential, a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 1 % of the run.\n"
     "With 1 file at a time, only the mode differs: sequential took 2.05 s, 1 "
     "fetching thread, 12 MB and 80 switches between threads; threads (1) took "
     "2.06 s, 1 fetching thread, 12 MB and 90 switches between threads; "
     "processes (1) took 2.09 s, 1 fetching thread, 23 MB and 120 switches "
     "between threads; async (1) took 2.05 s, 1 fetching thread, 12 MB and 85 "
     "switches between threads. None of these is faster than another. Of the 5 "
     "threads of async (1), one fetches all files; the others are libuv's "
     "pool, which stores them.\n"},
    {"paths that the origin does not know",
     {.list = "my.txt",
      .files = 30,
      .latency_ns = 100000000,
      .cores = 2,
      .runs = 1},
     0.97,
     0,
     {{ROW(SEQUENTIAL, 3.05, 1, 0.03, 12, 80, 3), .failed = 30},
      {ROW(ASYNC(100), 0.12, 30, 0.03, 12, 85, 4), .failed = 30}},
     "No row fetched all its files, so their times say nothing. The built-in "
     "server knows only paths such as /600x400/NAME and /bytes/1000.\n"},
    {"the same, as --fault wanted",
     {.list = "my.txt",
      .files = 30,
      .faulty = true,
      .latency_ns = 100000000,
      .cores = 2,
      .runs = 1},
     0.97,
     0,
     {{ROW(SEQUENTIAL, 3.05, 1, 0.03, 12, 80, 3), .failed = 30},
      {ROW(ASYNC(100), 0.12, 30, 0.03, 12, 85, 4), .failed = 30}},
     "No row fetched all its files, so their times say nothing.\n"},
    {"rows with failures",
     {.files = 30,
      .faulty = true,
      .latency_ns = 100000000,
      .cores = 2,
      .runs = 1},
     0.97,
     0.02,
     {{ROW(SEQUENTIAL, 3.05, 1, 0.03, 12, 80, 3), .failed = 1},
      {ROW(THREADS(10), 0.32, 10, 0.03, 13, 90, 3)},
      {ROW(PROCESSES(5), 0.10, 5, 0.05, 70, 120, 3), .failed = 29},
      {ROW(ASYNC(100), 0.12, 30, 0.03, 12, 85, 4)},
      {ROW(THREADS(100), 0.02, 30, 0.03, 12, 85, 4), .failed = 2}},
     "Left out below, because files failed: sequential, processes (5) and "
     "threads (100). For this list: async (100) is the fastest, with 0.12 s.\n"
     "In async (100), a file's time was 97 % waiting for the server, 2 % "
     "receiving and 1 % storing. A processor was busy for 25 % of the run.\n"},
    {"one row is left",
     {.files = 30, .faulty = true, .cores = 2, .runs = 1},
     0.5,
     0.5,
     {{ROW(SEQUENTIAL, 3.05, 1, 0.03, 12, 80, 3), .failed = 1},
      {ROW(ASYNC(100), 0.12, 30, 0.03, 12, 85, 4)}},
     "Left out below, because files failed: sequential. Only async (100) is "
     "left: there is nothing to compare it with.\n"
     "In async (100), a file's time was 50 % waiting for the server, 50 % "
     "receiving and 0 % storing. A processor was busy for 25 % of the run.\n"},
    {"attempts that failed",
     {.files = 30,
      .faulty = true,
      .latency_ns = 100000000,
      .cores = 2,
      .runs = 1},
     0.97,
     0.02,
     {{ROW(SEQUENTIAL, 5.05, 1, 0.03, 12, 80, 3), .again = 9, .still_s = 0.90},
      {ROW(THREADS(10), 1.42, 10, 0.03, 13, 90, 3), .again = 9,
       .still_s = 0.95},
      {ROW(ASYNC(100), 1.22, 30, 0.03, 12, 85, 4), .again = 9,
       .still_s = 1.00}},
     "For this list: async (100) is the fastest, with 1.22 s, 4.1 times as "
     "fast as sequential (5.05 s).\n"
     "In sequential, a file's time was 97 % waiting for the server, 2 % "
     "receiving and 1 % storing. A processor was busy for 1 % of the run. "
     "Waiting needs no processor, so many files can wait at the same time. "
     "Some requests failed at first: async (100) tried 9 files again. For 1.00 "
     "s of its 1.22 s nothing was under way, as a file waits before it is "
     "tried again. Such waits, more than the modes, make these times.\n"},
    {"work on each file",
     {.files = 40,
      .latency_ns = 100000000,
      .cpu_work_us = 20000,
      .cores = 2,
      .runs = 1},
     0.80,
     0.01,
     {{ROW(SEQUENTIAL, 5.05, 1, 0.87, 11, 200, 139)},
      {ROW(THREADS(10), 0.61, 10, 0.86, 12, 300, 5)},
      {ROW(PROCESSES(5), 1.05, 5, 0.95, 67, 350, 5)},
      {ROW(ASYNC(100), 0.95, 40, 0.85, 12, 150, 830)},
      {ROW(POOL(100), 0.56, 40, 0.86, 12, 400, 3)},
      {ROW(THREADS(100), 0.54, 40, 0.88, 18, 700, 41)}},
     "For this list: threads (100) is the fastest, with 0.54 s, 9.4 times as "
     "fast as sequential (5.05 s). Equally fast, as far as the runs can tell: "
     "threads (10) with 0.61 s and async (100), work on pool with 0.56 s. Of "
     "these, threads (10) needs the least memory: 12 MB, and threads (100) 18 "
     "MB. (After one run, times within 15 % or 0.03 s count as equal; --runs 5 "
     "tells more.)\n"
     "In sequential, a file's time was 80 % waiting for the server, 1 % "
     "receiving, 17 % work and 2 % storing. A processor was busy for 17 % of "
     "the run. Waiting needs no processor, so many files can wait at the same "
     "time.\n"
     "More files at a time did not help: threads (10) took 0.61 s with 10 at a "
     "time, and threads (100) 0.54 s with 40. Those are all the files: still "
     "more at a time cannot help this list. The processors worked for 0.88 s "
     "in threads (100): 2 processors need at least 0.44 s for that.\n"
     "With up to 40 files at a time, only the mode differs: async (100) took "
     "0.95 s, 1 fetching thread, 12 MB and 150 switches between threads; "
     "threads (100) took 0.54 s, 40 fetching threads, 18 MB and 700 switches "
     "between threads. So the mode matters here: threads (100) is 1.8 times as "
     "fast as async (100). Of the 5 threads of async (100), one fetches all "
     "files; the others are libuv's pool, which stores them.\n"
     "In async (100), the one thread of the event loop does the work of every "
     "file, and serves no other file meanwhile. The loop of async (100) let "
     "what was ready wait for up to 830 ms, and each file for 415 ms in all on "
     "average. In async (100), work on pool, other threads do the work, and "
     "the loop let nothing wait for more than 3 ms: the run was 1.7 times as "
     "fast. In threads (10), the work of a file holds up only the thread that "
     "fetched it. Threads in C run on several processors at once, as they "
     "share no interpreter lock as in Python: threads (100) kept 1.63 "
     "processors busy.\n"},
    {"work on one processor",
     {.files = 10,
      .latency_ns = 0,
      .cpu_work_us = 50000,
      .cores = 1,
      .runs = 1},
     0.02,
     0.01,
     {{ROW(SEQUENTIAL, 0.53, 1, 0.52, 11, 50, 60)},
      {ROW(THREADS(10), 0.54, 10, 0.52, 12, 70, 5)},
      {ROW(ASYNC(10), 0.54, 10, 0.52, 12, 40, 460)},
      {ROW(POOL(10), 0.55, 10, 0.52, 12, 60, 4)}},
     "For this list: no row is faster than another. They took from 0.53 s to "
     "0.55 s, which counts as equal. The processors, not the server, take the "
     "time here.\n"
     "In sequential, a file's time was 2 % waiting for the server, 1 % "
     "receiving, 87 % work and 10 % storing. A processor was busy for 98 % of "
     "the run.\n"
     "The processors worked for 0.52 s in sequential: 1 processor needs at "
     "least 0.52 s for that.\n"
     "With up to 10 files at a time, only the mode differs: threads (10) took "
     "0.54 s, 10 fetching threads, 12 MB and 70 switches between threads; "
     "async (10) took 0.54 s, 1 fetching thread, 12 MB and 40 switches between "
     "threads. None of these is faster than another. Of the 5 threads of async "
     "(10), one fetches all files; the others are libuv's pool, which stores "
     "them.\n"
     "In async (10), the one thread of the event loop does the work of every "
     "file, and serves no other file meanwhile. The loop of async (10) let "
     "what was ready wait for up to 460 ms, and each file for 230 ms in all on "
     "average. In async (10), work on pool, other threads do the work, and the "
     "loop let nothing wait for more than 4 ms. In threads (10), the work of a "
     "file holds up only the thread that fetched it.\n"},
    {"a connection with little bandwidth",
     {.files = 20, .latency_ns = 0, .bandwidth = 100000, .cores = 2, .runs = 1},
     0.01,
     0.98,
     {{ROW(SEQUENTIAL, 4.05, 1, 0.03, 12, 80, 1)},
      {ROW(THREADS(5), 0.82, 5, 0.03, 12, 90, 1)},
      {ROW(PROCESSES(5), 0.87, 5, 0.06, 70, 120, 1)},
      {ROW(ASYNC(5), 0.81, 5, 0.03, 12, 85, 1)}},
     "For this list: async (5) is the fastest, with 0.81 s, 5.0 times as fast "
     "as sequential (4.05 s). Equally fast, as far as the runs can tell: "
     "threads (5) with 0.82 s and processes (5) with 0.87 s. (After one run, "
     "times within 15 % or 0.03 s count as equal; --runs 5 tells more.)\n"
     "In sequential, a file's time was 1 % waiting for the server, 98 % "
     "receiving and 1 % storing. A processor was busy for 1 % of the run. A "
     "connection brings at most 100000 bytes a second (--bandwidth) in every "
     "mode: only more connections at a time bring more.\n"
     "With up to 5 files at a time, only the mode differs: threads (5) took "
     "0.82 s, 5 fetching threads, 12 MB and 90 switches between threads; "
     "processes (5) took 0.87 s, 5 fetching threads, 70 MB and 120 switches "
     "between threads; async (5) took 0.81 s, 1 fetching thread, 12 MB and 85 "
     "switches between threads. None of these is faster than another. Of the 5 "
     "threads of async (5), one fetches all files; the others are libuv's "
     "pool, which stores them.\n"},
    {"the same with one file",
     {.files = 1, .latency_ns = 0, .bandwidth = 100000, .cores = 2, .runs = 1},
     0.01,
     0.98,
     {{ROW(SEQUENTIAL, 4.05, 1, 0.03, 12, 80, 1)},
      {ROW(THREADS(10), 4.06, 1, 0.03, 12, 90, 1)},
      {ROW(ASYNC(100), 4.06, 1, 0.03, 12, 85, 1)}},
     "For this list: no row is faster than another. Each took about 4.05 s. "
     "There is only one file, so there is nothing to fetch at the same time.\n"
     "In sequential, a file's time was 1 % waiting for the server, 98 % "
     "receiving and 1 % storing. A processor was busy for 1 % of the run. A "
     "connection brings at most 100000 bytes a second (--bandwidth) in every "
     "mode: no mode can be faster than that.\n"},
    {"runs that overlap",
     {.files = 100, .latency_ns = 100000000, .cores = 2, .runs = 5},
     0.97,
     0.01,
     {{ROW(SEQUENTIAL, 10.25, 1, 0.10, 12, 400, 3), .shortest_s = 10.2,
       .longest_s = 10.5},
      {ROW(ASYNC(100), 0.50, 100, 0.09, 14, 300, 4), .shortest_s = 0.4,
       .longest_s = 0.7},
      {ROW(THREADS(100), 0.60, 100, 0.12, 28, 900, 9), .shortest_s = 0.55,
       .longest_s = 0.7}},
     "For this list: async (100) is the fastest, with 0.50 s, 20.5 times as "
     "fast as sequential (10.25 s). Equally fast, as far as the runs can tell: "
     "threads (100) with 0.60 s.\n"
     "In sequential, a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 1 % of the run. "
     "Waiting needs no processor, so many files can wait at the same time.\n"
     "With up to 100 files at a time, only the mode differs: async (100) took "
     "0.50 s, 1 fetching thread, 14 MB and 300 switches between threads; "
     "threads (100) took 0.60 s, 100 fetching threads, 28 MB and 900 switches "
     "between threads. None of these is faster than another. Of the 5 threads "
     "of async (100), one fetches all files; the others are libuv's pool, "
     "which stores them.\n"},
    {"runs that are apart",
     {.files = 100, .latency_ns = 100000000, .cores = 2, .runs = 5},
     0.97,
     0.01,
     {{ROW(ASYNC(100), 0.50, 100, 0.09, 14, 300, 4), .shortest_s = 0.49,
       .longest_s = 0.51},
      {ROW(THREADS(100), 0.56, 100, 0.12, 28, 900, 9), .shortest_s = 0.55,
       .longest_s = 0.57}},
     "For this list: async (100) is the fastest, with 0.50 s.\n"
     "In async (100), a file's time was 97 % waiting for the server, 1 % "
     "receiving and 2 % storing. A processor was busy for 18 % of the run.\n"
     "With up to 100 files at a time, only the mode differs: async (100) took "
     "0.50 s, 1 fetching thread, 14 MB and 300 switches between threads; "
     "threads (100) took 0.56 s, 100 fetching threads, 28 MB and 900 switches "
     "between threads. So the mode matters here: async (100) is 1.1 times as "
     "fast as threads (100). Of the 5 threads of async (100), one fetches all "
     "files; the others are libuv's pool, which stores them.\n"},
    {"sequential is the fastest",
     {.files = 4, .cores = 2, .runs = 1},
     0.3,
     0.1,
     {{ROW(SEQUENTIAL, 0.01, 1, 0.01, 12, 9, 1)},
      {ROW(THREADS(10), 0.02, 4, 0.01, 13, 30, 1)},
      {ROW(PROCESSES(5), 0.09, 4, 0.12, 70, 90, 1)}},
     "For this list: sequential is the fastest, with 0.01 s. Equally fast, as "
     "far as the runs can tell: threads (10) with 0.02 s. (After one run, "
     "times within 15 % or 0.03 s count as equal; --runs 5 tells more.)\n"
     "In sequential, a file's time was 30 % waiting for the server, 10 % "
     "receiving and 60 % storing. The run kept 1.00 processors busy.\n"},
    {"more at a time is slower",
     {.files = 1000, .cores = 2, .runs = 1},
     0.3,
     0.3,
     {{ROW(THREADS(10), 0.40, 10, 0.60, 13, 3000, 1)},
      {ROW(THREADS(100), 0.70, 100, 1.20, 28, 9000, 1)}},
     "For this list: threads (10) is the fastest, with 0.40 s.\n"
     "In threads (10), a file's time was 30 % waiting for the server, 30 % "
     "receiving and 40 % storing. The run kept 1.50 processors busy.\n"
     "More files at a time made it slower: threads (10) took 0.40 s with 10 at "
     "a time, and threads (100) 0.70 s with 100. The processors worked for "
     "0.60 s in threads (10): 2 processors need at least 0.30 s for that.\n"
     "Threads in C run on several processors at once, as they share no "
     "interpreter lock as in Python: threads (100) kept 1.71 processors "
     "busy.\n"},
    {"a loop that comes late without work",
     {.files = 1000, .cores = 2, .runs = 1},
     0.3,
     0.3,
     {{ROW(THREADS(10), 0.40, 10, 0.30, 13, 3000, 1)},
      {ROW(ASYNC(100), 0.41, 100, 0.30, 14, 900, 63)}},
     "For this list: no row is faster than another. Each took about 0.40 s. "
     "The processors, not the server, take the time here.\n"
     "In threads (10), a file's time was 30 % waiting for the server, 30 % "
     "receiving and 40 % storing. A processor was busy for 75 % of the run.\n"
     "The loop of async (100) let what was ready wait for up to 63 ms, and "
     "each file for 32 ms in all on average.\n"},
    {"an empty list",
     {.list = "none.txt", .cores = 2, .runs = 1},
     0,
     0,
     {{ROW(SEQUENTIAL, 0.01, 0, 0.01, 12, 9, 0)},
      {ROW(ASYNC(100), 0.01, 0, 0.01, 12, 9, 0)}},
     "The list is empty: there was nothing to fetch.\n"},
    {"many attempts that failed",
     {.files = 30,
      .faulty = true,
      .latency_ns = 100000000,
      .cores = 2,
      .runs = 1},
     0.97,
     0.02,
     {{ROW(SEQUENTIAL, 9.05, 1, 0.03, 12, 80, 3), .again = 9, .still_s = 5.20},
      {ROW(ASYNC(100), 1.22, 30, 0.03, 12, 85, 4), .again = 1,
       .still_s = 0.20}},
     "For this list: async (100) is the fastest, with 1.22 s, 7.4 times as "
     "fast as sequential (9.05 s).\n"
     "In sequential, a file's time was 97 % waiting for the server, 2 % "
     "receiving and 1 % storing. A processor was busy for 0 % of the run. "
     "Waiting needs no processor, so many files can wait at the same time. "
     "Some requests failed at first: sequential tried 9 files again. For 5.20 "
     "s of its 9.05 s nothing was under way, as a file waits before it is "
     "tried again. Such waits, more than the modes, make these times.\n"},
    {"one row",
     {.files = 2, .latency_ns = 100000000, .cores = 2, .runs = 1},
     0.9,
     0,
     {{ROW(ASYNC(100), 0.11, 2, 0.01, 12, 15, 4)}},
     "Only one row was run: there is nothing to compare it with.\n"
     "In async (100), a file's time was 90 % waiting for the server, 0 % "
     "receiving and 10 % storing. A processor was busy for 9 % of the run.\n"},
};

#endif

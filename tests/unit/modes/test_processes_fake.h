/* A transfer that does what its URL says; see test_processes_fake.c. */
#ifndef HL_TEST_PROCESSES_FAKE_H
#define HL_TEST_PROCESSES_FAKE_H

enum { FAKE_WIRE_FD = 3 };

#endif

/* How long a message of a result can be that the run itself puts together. */
#ifndef HL_RUN_MESSAGE_H
#define HL_RUN_MESSAGE_H

enum { HL_MESSAGE_MAX = 320 };

#endif

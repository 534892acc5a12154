/*
 * A library context of OpenSSL's for one thread. OpenSSL 3 looks its algorithms
 * up in a library context, under locks, thousands of times for each connection.
 * Threads that share a context wait for each other's locks: with two loops, a
 * new TLS connection took 7 % more CPU.
 */
#ifndef HL_TRANSFER_TLS_THREAD_H
#define HL_TRANSFER_TLS_THREAD_H

struct ossl_lib_ctx_st;

/* Makes the calling thread use a new context until hl_tls_thread_end().
 * @return the context. NULL: OpenSSL is configured to use other providers than
 * its own, or there is no memory; then the thread uses the process's context.
 */
struct ossl_lib_ctx_st *hl_tls_thread_begin(void);
/* Must be called on the same thread, once the thread has freed all that it made
 * with OpenSSL. context may be NULL. */
void hl_tls_thread_end(struct ossl_lib_ctx_st *context);

#endif

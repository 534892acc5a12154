#include "cli/tls_files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"

/* A key on a card or the like is no file. */
static bool is_file(const char *path)
{
    return strncmp(path, "pkcs11:", strlen("pkcs11:")) != 0;
}

/* NULL: after a line on stderr. */
static BIO *open_file(const char *option, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        hl_error("%s: %s: %s", option, path, haul_strerror(-errno));
        return NULL;
    }
    FILE *file = NULL;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        hl_error("%s: %s: this must be a plain file", option, path);
    else
        file = fdopen(fd, "r");
    BIO *bio = file != NULL ? BIO_new_fp(file, BIO_CLOSE) : NULL;
    if (bio == NULL && file != NULL)
        fclose(file);
    else if (file == NULL)
        close(fd);
    return bio;
}

/* The first certificate in a file. NULL: after a line on stderr. */
static X509 *read_certificate(const char *option, const char *path)
{
    BIO *bio = open_file(option, path);
    if (bio == NULL)
        return NULL;
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (certificate == NULL)
        hl_error("%s: %s: there is no certificate in it (PEM, which begins "
                 "with -----BEGIN CERTIFICATE-----)",
                 option, path);
    BIO_free(bio);
    return certificate;
}

/* Instead of asking on the terminal. */
static int note_password(char *buf, int size, int writing, void *is_wanted)
{
    (void)buf, (void)size, (void)writing;
    *(bool *)is_wanted = true;
    return -1;
}

/* The private key in a file. is_cert: the file is the certificate's. NULL:
 * after a line on stderr. */
static EVP_PKEY *read_key(const char *path, bool is_cert)
{
    const char *option = is_cert ? "--cert" : "--key";
    bool is_locked = false;
    BIO *bio = open_file(option, path);
    if (bio == NULL)
        return NULL;
    EVP_PKEY *key =
        PEM_read_bio_PrivateKey(bio, NULL, note_password, &is_locked);
    if (key == NULL && is_locked)
        hl_error("%s: %s: the key is encrypted, and haul does not ask for its "
                 "password: openssl pkey -in FILE -out PLAIN decrypts it",
                 option, path);
    else if (key == NULL && is_cert)
        hl_error("--cert: %s: there is no private key in it: --key FILE names "
                 "the file that has it",
                 path);
    else if (key == NULL)
        hl_error("--key: %s: there is no private key in it (PEM, which begins "
                 "with -----BEGIN PRIVATE KEY-----)",
                 path);
    BIO_free(bio);
    return key;
}

static int check_cacert(const char *path)
{
    X509 *certificate = read_certificate("--cacert", path);
    bool is_good = certificate != NULL;
    X509_free(certificate);
    return is_good ? 0 : HL_EXIT_USAGE;
}

static int check_pair(const char *cert, const char *path)
{
    X509 *certificate = read_certificate("--cert", cert);
    if (certificate == NULL)
        return HL_EXIT_USAGE;
    EVP_PKEY *key = is_file(path) ? read_key(path, path == cert) : NULL;
    bool fits = key != NULL && X509_check_private_key(certificate, key) == 1;
    if (key != NULL && !fits)
        hl_error("--key: %s: this is not the key of --cert %s", path, cert);
    EVP_PKEY_free(key);
    X509_free(certificate);
    return fits || !is_file(path) ? 0 : HL_EXIT_USAGE;
}

int hl_tls_files_check(const struct haul_options *run)
{
    int r = run->cacert != NULL ? check_cacert(run->cacert) : 0;
    if (r == 0 && run->key != NULL && run->cert == NULL) {
        hl_error("--key: goes with --cert FILE, the certificate of this key");
        r = HL_EXIT_USAGE;
    } else if (r == 0 && run->cert != NULL && is_file(run->cert)) {
        r = check_pair(run->cert, run->key != NULL ? run->key : run->cert);
    }
    ERR_clear_error();
    return r;
}

/*
 * DIR/.haul, where haul keeps its own files. Whoever made DIR may have put
 * anything in its place: a link would lead what haul writes there to somewhere
 * else, and so would a second name of one of its files.
 */
#ifndef HL_ENGINE_HAUL_DIR_H
#define HL_ENGINE_HAUL_DIR_H

/* A directory's descriptor, by which files in it are opened; the caller's.
 * @return that; HAUL_EPLAIN where something else than a directory stands there;
 * or a libuv code. dir_fd may be AT_FDCWD. */
int hl_haul_dir_open(int dir_fd);
/* Makes it as well where it is missing. The descriptor can be locked. */
int hl_haul_dir_make(int dir_fd);
/* Opens a file in it by open(2)'s flags. @return a descriptor, the caller's;
 * HAUL_EPLAIN for what is no plain file of one name; or a libuv code. */
int hl_haul_dir_file(int haul_fd, const char *name, int flags);

#endif

/* fault_disk.h: a machine's disk in memory, as a VFS of SQLite, that fails and forgets as told.
 *
 * Every file has two images: what was written, which any process on that machine reads, and what was synced, which is all
 * that the machine has left when its power fails; what lies between is kept as single writes, of which any may have come to
 * the platter, whole or by sectors. One process at a time lives on a disk. It dies when it is told to, or by itself at the
 * n-th write to come: from then on nothing it does comes to the disk, and whoever runs it must say that it is gone
 * (disk_restart) before the next one opens a file there.
 *
 * SQLite's files only: keys, locks and folders are the real file system's, where db_open also makes an empty file under
 * each database's name. A database whose name there stands for another file than before (it was deleted and made anew)
 * begins empty.
 *
 * One thread's. Everything that happens by chance is drawn from `dice`, so that a seed plays the same evening again.
 */
#ifndef REGIE_TESTS_FAULT_DISK_H
#define REGIE_TESTS_FAULT_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct disk;
struct dice {
	uint64_t (*draw)(void *ctx);
	void *ctx;
};
/* `name`: of the VFS, for store_options.vfs and its like; stays the caller's. */
struct disk *disk_new(const char *name, struct dice dice);
/* Before anything else: this process has one thread, and SQLite need neither lock nor count its memory. */
void disk_alone(void);
/* What SQLite itself leaves to chance in this process (the salts of logs), whatever the disk. */
void disk_chance(uint32_t seed);
void disk_free(struct disk *d); /* every file on it must be closed */

/* Chances in a thousand a call. */
struct disk_faults {
	int write_fails;  /* EIO, nothing written */
	int write_short;  /* EIO, a part is written */
	int sync_fails;   /* EIO; what was to be synced stays as it was: written, not synced */
	int read_fails;   /* EIO */
	int64_t room;     /* bytes that all files may have; 0: no bound. More is "disk full" */
};
void disk_fail(struct disk *d, const struct disk_faults *faults);
int64_t disk_used(const struct disk *d);

/* The process dies at its n-th write, sync, truncation or deletion from now on; 0: not by itself. The write may be torn. */
void disk_die_at(struct disk *d, int64_t n);
void disk_die_at_sync(struct disk *d, int64_t n); /* at its n-th sync, all writes before it done; 0: not */
void disk_die(struct disk *d); /* now */
bool disk_died(const struct disk *d);
/* The process is gone: its locks and its shared memory are, and what it still has open reads and writes nothing any more.
 * `power`: the machine went down with it. */
void disk_restart(struct disk *d, bool power);
/* Fails the n-th call of that kind from now on, once, or from then on; n 0: none. */
enum disk_call { DISK_WRITE, DISK_SYNC, DISK_READ, DISK_CALLS };
void disk_fail_nth(struct disk *d, enum disk_call call, int64_t n, bool ever_after);
bool disk_failed_nth(const struct disk *d); /* whether it came to that */

/* Keeps the files as they are in a slot, all of it synced; disk_rewind puts them back, and takes all faults away. No file
 * may be open. A slot is kept once: what was put back shares its bytes until they are written. */
enum { DISK_SLOTS = 2 };
void disk_keep(struct disk *d, int slot);
void disk_rewind(struct disk *d, int slot);

/* The file, of those with `name` in their path, that holds these bytes, as it is read or as it would be after a power cut;
 * NULL: none. */
const char *disk_find(const struct disk *d, const char *name, const char *text);

struct disk_counts {
	int64_t writes, syncs;                 /* done */
	int64_t failed, short_writes, full;    /* calls that failed by chance */
	int64_t deaths, power_cuts, lost;      /* lost: writes that a power cut took, in whole or in part */
};
struct disk_counts disk_counts(const struct disk *d);
/* Of all writes and syncs since disk_new or disk_rewind, in order: where, and with `bytes` what. */
uint64_t disk_trace(const struct disk *d, bool bytes);

#endif

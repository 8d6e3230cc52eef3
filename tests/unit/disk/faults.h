/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults at a chosen step. The calls that change the disk are wrapped by the linker (--wrap, see
 * meson.build): counted, and at a chosen count the process is killed just before the call, or the call fails.
 */
#ifndef MICA_TEST_DISK_FAULTS_H
#define MICA_TEST_DISK_FAULTS_H

#include "disk/store.h"

enum fault { NO_FAULT, DIE, FAIL };

/* Faults are set in child processes only. */
struct fault_plan {
    enum fault fault;
    unsigned at; /* the step that it meets, from 1; later ones fail as well: a full disk stays full */
    unsigned count;
    char trace[64]; /* syncs and renames in their order: S syncfs, f fsync, r renameat, R renameat to
                       index.json */
    void (*after_open)(const char *path); /* called when something was opened that was there */
};
extern struct fault_plan fault_plan;

/* Runs `act` on the store at `path` in a process that meets the fault; its status as wait(2) gives it. */
int run_with_fault(const char *path, int (*act)(struct store *s), enum fault fault, unsigned at);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "container/runtime.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/program_path.h"
#include "os/cleanup.h"

/* ---- find */

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

int runtime_find(const char *wanted, struct runtime *ret, struct err *err)
{
    *ret = (struct runtime){NULL, false};
    if (wanted && strchr(wanted, '/')) {
        ret->path = realpath(wanted, NULL);
        if (!ret->path || !is_program(ret->path)) {
            int e = errno;
            free(ret->path);
            ret->path = NULL;
            return err_errno(err, e, "runtime %s", wanted);
        }
    } else if (wanted) {
        ret->path = program_find(wanted);
        if (!ret->path)
            return err_set(err, ENOENT, "no runtime %s in PATH", wanted);
    } else {
        ret->path = program_find("crun");
        if (!ret->path)
            ret->path = program_find("runc");
        if (!ret->path)
            return err_set(err, ENOENT,
                           "a container takes crun or runc, and neither is in PATH; Debian has packages of "
                           "these names, and --runtime names another one");
    }
    ret->is_crun = strstr(strrchr(ret->path, '/'), "crun") != NULL;
    return 0;
}

/* ---- command line */

void runtime_paths_in(const char *dir, bool is_crun, struct runtime_paths *ret)
{
    snprintf(ret->state, sizeof ret->state, "%s/state", dir);
    snprintf(ret->log, sizeof ret->log, "%s/log", dir);
    snprintf(ret->log_option, sizeof ret->log_option, "--log=%s%s", is_crun ? "file:" : "", ret->log);
    snprintf(ret->pid_file, sizeof ret->pid_file, "%s/pid", dir);
    snprintf(ret->console, sizeof ret->console, "%s/console", dir);
    snprintf(ret->bundle, sizeof ret->bundle, "%s", dir);
}

void runtime_start_words(const struct runtime *r, const struct runtime_paths *p, const char *name, bool tty,
                         const char *argv[RUNTIME_WORDS_MAX])
{
    /* Disable cgroups: crun does not work on machines with both versions, and mica itself sets the limit of
     * processes. */
    const char *const words[] = {r->path,
                                 "--root",
                                 p->state,
                                 p->log_option,
                                 r->is_crun ? "--cgroup-manager=disabled" : NULL,
                                 "run",
                                 "--detach",
                                 "--bundle",
                                 p->bundle,
                                 "--pid-file",
                                 p->pid_file,
                                 tty ? "--console-socket" : NULL,
                                 tty ? p->console : NULL,
                                 name};
    size_t n = 0;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i])
            argv[n++] = words[i];
    argv[n] = NULL;
}

void runtime_delete_words(const struct runtime *r, const struct runtime_paths *p, const char *name,
                          const char *argv[RUNTIME_WORDS_MAX])
{
    const char *const words[] = {r->path, "--root", p->state, "delete", "--force", name, NULL};

    memcpy(argv, words, sizeof words);
    if (r->is_crun)
        argv[0] = NULL;
}

/* ---- failure */

int runtime_failure_status(const char *log)
{
    static const struct {
        const char *text;
        int status;
    } known[] = {
        {"executable file not found", 127},
        {"executable file `", 127},
        {"no such file or directory", 127},
        {"open executable: operation not permitted", 126},
        {"permission denied", 126},
        {"exec format error", 126},
        {"is a directory", 126},
    };
    cleanup_free char *lower = strdup(log);

    for (char *c = lower; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    /* Consider only errors of exec itself: a mount can report a missing file as well. */
    const char *exec = lower ? strstr(lower, "exec") : NULL;
    for (size_t i = 0; exec && !strstr(lower, "mount") && i < sizeof known / sizeof *known; i++)
        if (strstr(lower, known[i].text))
            return known[i].status;
    return 125;
}

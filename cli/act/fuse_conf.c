/* SPDX-License-Identifier: Apache-2.0 */
#include "act/fuse_conf.h"

#include <fcntl.h>
#include <string.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define FUSE_CONF     "/etc/fuse.conf"
#define FUSE_CONF_MAX (64u << 10)

bool fuse_conf_text_allows_other(char *text)
{
    static const char word[] = "user_allow_other";

    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        line[strcspn(line, "#")] = '\0';
        size_t blanks = strspn(line, " \t"), len = strcspn(line + blanks, " \t");
        if (len == strlen(word) && strncmp(line + blanks, word, len) == 0)
            return true;
    }
    return false;
}

bool fuse_conf_allows_other(void)
{
    cleanup_free char *text = NULL;

    return fd_slurp_at(AT_FDCWD, FUSE_CONF, FUSE_CONF_MAX, &text, NULL) == 0 &&
           fuse_conf_text_allows_other(text);
}

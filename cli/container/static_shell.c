/* SPDX-License-Identifier: Apache-2.0 */
#include "container/static_shell.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "os/cleanup.h"
#include "os/fd.h"

#if UINTPTR_MAX == UINT64_MAX
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_part;
#define ELF_CLASS ELFCLASS64
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_part;
#define ELF_CLASS ELFCLASS32
#endif

/* A dynamically linked program names its interpreter (PT_INTERP). */
bool static_program(int fd)
{
    elf_header h;
    elf_part part;

    if (fd_pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
        h.e_ident[EI_CLASS] != ELF_CLASS || (h.e_type != ET_EXEC && h.e_type != ET_DYN) ||
        h.e_phentsize != sizeof part || h.e_phnum == 0)
        return false;
    for (unsigned i = 0; i < h.e_phnum; i++)
        if (fd_pread(fd, &part, sizeof part, h.e_phoff + (uint64_t)i * sizeof part) != (ssize_t)sizeof part ||
            part.p_type == PT_INTERP)
            return false;
    return true;
}

static const char *find(const char *const *known)
{
    for (; *known; known++) {
        cleanup_fd int fd = open(*known, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && static_program(fd))
            return *known;
    }
    return NULL;
}

const char *static_shell_find(void)
{
    static const char *const known[] = {"/bin/busybox", "/usr/bin/busybox", "/bin/bash-static",
                                        "/bin/sash",    "/bin/sh",          NULL};
    return find(known);
}

const char *static_init_find(void)
{
    static const char *const known[] = {"/usr/libexec/podman/catatonit",
                                        "/usr/bin/catatonit",
                                        "/usr/bin/tini-static",
                                        "/usr/bin/dumb-init",
                                        "/usr/bin/tini",
                                        NULL};
    return find(known);
}

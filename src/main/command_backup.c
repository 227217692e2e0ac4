/* command_backup.c - backup while the server runs, verified by restoring it beside; and restore into a new directory. */
#include "main/outside.h"

#include "base/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4200 };

/* The folders that are saved whole; the database's copy and the settings come beside them. */
static const char *const saved_folders[] = {"keys", "files"};

static enum fault told(struct notes *notes, const char *path, enum fault f) {
    if (f == FAULT_FILE) note_add(notes, path, "文件无法读写：{0}", strerror(errno));
    if (f == FAULT_INPUT) note_add(notes, path, "不是完整的备份，或口令不对");
    if (f == FAULT_TAMPERED) note_add(notes, path, "备份里有文件与 SHA256SUMS 不符");
    return f;
}

static enum fault passphrase_read(struct invocation *in, char out[ARCHIVE_PASS_MAX]) {
    const char *path = option(in, "--passphrase");
    out[0] = 0;
    if (!path) return FAULT_NONE;
    FILE *f = fopen(path, "re");
    if (!f || !fgets(out, ARCHIVE_PASS_MAX, f)) out[0] = 0;
    if (f) fclose(f);
    out[strcspn(out, "\r\n")] = 0;
    if (strlen(out) >= ARCHIVE_PASS_MIN) return FAULT_NONE;
    note_add(in->notes, path, "文件第一行应是至少 12 个字符的口令");
    return FAULT_INPUT;
}

/* ---- a folder removed with all in it ---- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void folder_remove(const char *path) { (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* ---- writing ---- */

static enum fault add_file(struct archive *archive, const char *path, const char *name, struct notes *notes) {
    FILE *f = fopen(path, "re");
    if (!f) return told(notes, path, FAULT_FILE);
    enum fault fault = archive_add(archive, name, f);
    fclose(f);
    return told(notes, path, fault == FAULT_INPUT ? FAULT_FILE : fault);
}

/* All files under a folder, two levels deep at most as they lie there; what begins with a dot can be made again. */
static enum fault add_folder(struct archive *archive, const char *data, const char *name, struct notes *notes) {
    char path[PATH_ROOM + ARCHIVE_NAME_MAX], inner[ARCHIVE_NAME_MAX + 1];
    snprintf(path, sizeof path, "%s/%s", data, name);
    DIR *folder = opendir(path);
    if (!folder) return told(notes, path, FAULT_FILE);
    enum fault f = FAULT_NONE;
    for (struct dirent *e; !f && (e = readdir(folder));) {
        struct stat info;
        if (e->d_name[0] == '.') continue;
        int length = snprintf(inner, sizeof inner, "%s/%s", name, e->d_name);
        snprintf(path, sizeof path, "%s/%s", data, inner);
        if (length >= (int)sizeof inner || lstat(path, &info)) f = told(notes, path, FAULT_FILE);
        else if (S_ISDIR(info.st_mode)) f = add_folder(archive, data, inner, notes);
        else if (S_ISREG(info.st_mode)) f = add_file(archive, path, inner, notes);
    }
    closedir(folder);
    return f;
}

static enum fault write_archive(const char *data, const char *copy, const char *passphrase, FILE *to, struct notes *notes) {
    struct archive *archive = NULL;
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/taizhang.conf", data);
    enum fault f = archive_begin(to, passphrase, &archive);
    if (!f) f = add_file(archive, path, "taizhang.conf", notes);
    if (!f) f = add_file(archive, copy, "taizhang.db", notes);
    /* After the database: files are only ever added, so what its picture names is there. */
    for (size_t i = 0; !f && i < COUNT_OF(saved_folders); i++) f = add_folder(archive, data, saved_folders[i], notes);
    if (!f) f = archive_finish(archive);
    if (!f && fsync(fileno(to))) f = FAULT_FILE;
    archive_release(&archive);
    return f;
}

/* ---- reading ---- */

struct unpacking {
    const char *folder;
    FILE *file;
};

static enum fault unpack_begin(void *context, const char *name, uint64_t size) {
    (void)size;
    struct unpacking *u = context;
    char path[PATH_ROOM + ARCHIVE_NAME_MAX];
    for (const char *slash = name; (slash = strchr(slash, '/')); slash++) {
        snprintf(path, sizeof path, "%s/%.*s", u->folder, (int)(slash - name), name);
        if (mkdir(path, 0750) && errno != EEXIST) return FAULT_FILE;
    }
    snprintf(path, sizeof path, "%s/%s", u->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    u->file = fd < 0 ? NULL : fdopen(fd, "w");
    return u->file ? FAULT_NONE : FAULT_FILE;
}

static enum fault unpack_bytes(void *context, const void *bytes, size_t length) {
    struct unpacking *u = context;
    return fwrite(bytes, 1, length, u->file) == length ? FAULT_NONE : FAULT_FILE;
}

static enum fault unpack_end(void *context) {
    struct unpacking *u = context;
    bool bad = fflush(u->file) || fsync(fileno(u->file));
    bad |= fclose(u->file) != 0;
    u->file = NULL;
    return bad ? FAULT_FILE : FAULT_NONE;
}

static enum fault unpack(const char *archive_path, const char *passphrase, const char *folder, struct notes *notes) {
    struct unpacking u = {.folder = folder};
    const struct archive_sink sink = {&u, unpack_begin, unpack_bytes, unpack_end};
    FILE *from = fopen(archive_path, "re");
    if (!from) return told(notes, archive_path, FAULT_FILE);
    if (mkdir(folder, 0700)) {
        fclose(from);
        return told(notes, folder, FAULT_FILE);
    }
    enum fault f = archive_read(from, passphrase, &sink);
    if (u.file) fclose(u.file);
    fclose(from);
    return told(notes, archive_path, f);
}

/* Verifies an unpacked installation as `taizhang verify --deep` does, and says so in its words. */
static enum fault verify_deep(const struct invocation *in, const char *folder) {
    struct invocation own = *in;
    own.data = folder;
    own.option_count = 1;
    own.options[0].name = "--deep";
    own.options[0].value = "";
    return command_verify(&own);
}

/* ---- the commands ---- */

enum fault command_backup(struct invocation *in) {
    char data[3600], store[3700], copy[PATH_ROOM], part[PATH_ROOM], scratch[PATH_ROOM], passphrase[ARCHIVE_PASS_MAX];
    const char *path = in->words[0];
    if (in->word_count != 1 || strlen(path) > 3900) {
        note_add(in->notes, "backup", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    enum fault f = data_directory(in->data, data, in->notes);
    if (!f) f = instance_store(data, store, in->notes);
    if (!f) f = passphrase_read(in, passphrase);
    if (f) return f;
    snprintf(copy, sizeof copy, "%s.db-part", path);
    snprintf(part, sizeof part, "%s.part", path);
    snprintf(scratch, sizeof scratch, "%s.restored", path);
    unlink(copy); /* these three are what a backup that was cut off leaves */
    folder_remove(scratch);
    int fd = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
        to_fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *to = to_fd < 0 ? NULL : fdopen(to_fd, "w");
    if (fd < 0 || !to) {
        f = told(in->notes, fd < 0 ? copy : part, FAULT_FILE);
    } else {
        f = store_copy(store, copy);
        if (f == FAULT_USAGE) note_add(in->notes, "store", "PostgreSQL 数据库请用 pg_dump 备份，并一起保存 files 和 keys 目录");
        if (!f) f = told(in->notes, part, write_archive(data, copy, passphrase, to, in->notes));
    }
    if (fd >= 0) close(fd);
    if (to && fclose(to) && !f) f = told(in->notes, part, FAULT_FILE);
    if (fd >= 0) unlink(copy);
    if (!f) f = unpack(part, passphrase, scratch, in->notes);
    if (!f) f = verify_deep(in, scratch);
    folder_remove(scratch);
    explicit_bzero(passphrase, sizeof passphrase);
    if (!f && rename(part, path)) f = told(in->notes, path, FAULT_FILE);
    if (f && to) unlink(part); /* a backup that could not be restored is none */
    return f;
}

/* Holds what was restored against a head that was kept elsewhere. */
static enum fault head_hold(struct invocation *in, const char *folder) {
    struct instance i;
    enum fault f = instance_open(folder, -1, in->notes, &i); /* writes nothing */
    if (f) return f;
    f = outside_hold(in, i.store, journal_key(i.journal), FAULT_STATE);
    instance_close(&i);
    if (f != FAULT_STATE) return f;
    if (option(in, "--accept-loss")) {
        fprintf(stderr, "%s\n", lang_tr(in->lang, "这份备份早于另处保存的检查点：其后的登记已经丢失"));
        return FAULT_NONE;
    }
    note_add(in->notes, "--accept-loss", "没有更新的备份时，用它恢复这一份");
    return f;
}

enum fault command_restore(struct invocation *in) {
    char data[3600], scratch[PATH_ROOM], passphrase[ARCHIVE_PASS_MAX];
    if (in->word_count != 1) {
        note_add(in->notes, "restore", "用法：taizhang {0}", in->command->usage);
        return FAULT_USAGE;
    }
    enum fault f = data_directory(in->data, data, in->notes);
    if (!f) f = passphrase_read(in, passphrase);
    if (f) return f;
    for (size_t n = strlen(data); n > 1 && data[n - 1] == '/'; n--) data[n - 1] = 0;
    if (rmdir(data) && errno != ENOENT) { /* only an empty one goes */
        note_add(in->notes, data, "目录不是空的；备份只恢复到新目录，原有的请先移到别处保存");
        return FAULT_CONFLICT;
    }
    snprintf(scratch, sizeof scratch, "%s.restoring", data);
    if (!access(scratch, F_OK)) { /* it may be all that somebody has */
        note_add(in->notes, scratch, "上次恢复没有完成，留下了这个目录；请看过之后移走");
        return FAULT_CONFLICT;
    }
    f = unpack(in->words[0], passphrase, scratch, in->notes);
    explicit_bzero(passphrase, sizeof passphrase);
    if (!f) f = verify_deep(in, scratch);
    if (!f) f = head_hold(in, scratch);
    if (!f && rename(scratch, data)) f = told(in->notes, data, FAULT_FILE);
    if (f) folder_remove(scratch);
    return f;
}

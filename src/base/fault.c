/* fault.c - the table that maps each fault to its HTTP status, exit status, word and sentence. */
#include "base/fault.h"

#include <assert.h>

static const struct fault_row {
    int http, exit;
    const char *word, *sentence;
} faults[FAULT_COUNT] = {
    [FAULT_NONE] = {200, 0, "none", "完成"},
    [FAULT_INPUT] = {422, 65, "input", "填写的内容有误，请按提示修改"},
    [FAULT_USAGE] = {400, 64, "usage", "命令或请求的写法有误"},
    [FAULT_SIGNIN] = {401, 77, "signin", "请先登录"},
    [FAULT_RIGHT] = {403, 78, "right", "您没有此项权限"},
    [FAULT_ABSENT] = {404, 66, "absent", "没有找到"},
    [FAULT_CONFLICT] = {409, 67, "conflict", "与已有的记录冲突，或记录已被他人修改"},
    [FAULT_STATE] = {409, 68, "state", "记录目前的状态不允许此操作"},
    [FAULT_LARGE] = {413, 69, "large", "内容超过允许的大小"},
    [FAULT_BUSY] = {503, 75, "busy", "系统正忙，请稍后再试"},
    [FAULT_STORE] = {500, 74, "store", "数据库出错，内容没有保存"},
    [FAULT_FILE] = {500, 73, "file", "文件读写出错"},
    [FAULT_TAMPERED] = {500, 70, "tampered", "核验发现数据与日志不一致"},
    [FAULT_SYSTEM] = {500, 71, "system", "服务器出错"},
};

static const struct fault_row *row_of(enum fault f) {
    assert(f >= 0 && f < FAULT_COUNT);
    return &faults[f];
}

int fault_http_status(enum fault f) { return row_of(f)->http; }
int fault_exit_status(enum fault f) { return row_of(f)->exit; }
const char *fault_word(enum fault f) { return row_of(f)->word; }
const char *fault_sentence(enum fault f) { return row_of(f)->sentence; }

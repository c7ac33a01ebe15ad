/* Status codes and the message of the last failure, one a thread. */
#include <gnn/status.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 1024 };

static _Thread_local char last_message[MESSAGE_BYTES];

static const char *const status_names[GNN_N_STATUS] = {
    [GNN_OK] = "GNN_OK",
    [GNN_ERR_ARGUMENT] = "GNN_ERR_ARGUMENT",
    [GNN_ERR_SHAPE] = "GNN_ERR_SHAPE",
    [GNN_ERR_INPUT] = "GNN_ERR_INPUT",
    [GNN_ERR_OUTPUT] = "GNN_ERR_OUTPUT",
    [GNN_ERR_MEMORY] = "GNN_ERR_MEMORY",
    [GNN_ERR_NUMERIC] = "GNN_ERR_NUMERIC",
    [GNN_ERR_CANCELLED] = "GNN_ERR_CANCELLED",
    [GNN_ERR_UNSUPPORTED] = "GNN_ERR_UNSUPPORTED",
};

const char *gnn_status_name(gnn_status status) {
    if ((unsigned)status >= GNN_N_STATUS) return "unknown status";
    return status_names[status];
}

const char *gnn_last_error(void) {
    return last_message;
}

gnn_status gnn_fail(gnn_status status, const char *format, ...) {
    /* Formatted aside: the arguments may hold the message that is being replaced. */
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length < 0) strcpy(message, "(a message that could not be formatted)");
    if (length >= MESSAGE_BYTES) strcpy(message + MESSAGE_BYTES - 4, "...");

    /* A message quotes files; it stays one line whatever they hold. */
    for (char *c = message; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    memcpy(last_message, message, sizeof message);
    return status;
}

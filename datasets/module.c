/* Finding, loading and locking modules. */
#include "module.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"

const data_module_host data_i_module_host = {gnn_i_alloc, gnn_i_free, gnn_fail};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const data_module *loaded; /* guarded by lock; never unloaded */

/* Load folder/igraph.so. NULL when it is not there; *why says what the loader said
 * last. */
static void *open_in(const char *folder, char *why, size_t why_size) {
    char path[2 * PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/igraph.so", folder);
    if (access(path, F_OK) != 0) return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) snprintf(why, why_size, "%s", dlerror());
    return handle;
}

/* Beside the program, beside this library, then where the project was installed. */
static void *open_anywhere(char *why, size_t why_size) {
    char folder[2 * PATH_MAX], program[PATH_MAX];
    void *handle = NULL;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0) {
        program[n] = '\0';
        snprintf(folder, sizeof folder, "%s/%s", dirname(program), DATA_MODULE_RELATIVE);
        handle = open_in(folder, why, why_size);
    }
    Dl_info about;
    if (handle == NULL && dladdr(&data_i_module_host, &about) != 0 &&
        about.dli_fname != NULL) {
        char library[PATH_MAX];
        snprintf(library, sizeof library, "%s", about.dli_fname);
        snprintf(folder, sizeof folder, "%s/gnn", dirname(library));
        handle = open_in(folder, why, why_size);
    }
    return handle != NULL ? handle : open_in(DATA_MODULE_FOLDER, why, why_size);
}

static gnn_status load(void) {
    char why[512] = "";
    void *handle = open_anywhere(why, sizeof why);
    if (handle == NULL && why[0] == '\0')
        return gnn_fail(
            GNN_ERR_UNSUPPORTED,
            "this build has no igraph module (it is built where Debian's package "
            "libigraph-dev is installed)");
    if (handle == NULL)
        return gnn_fail(
            GNN_ERR_UNSUPPORTED,
            "the igraph module cannot be loaded, Debian's package libigraph3 has what "
            "it needs: %s",
            why);
    const data_module *module = dlsym(handle, "data_module_table");
    if (module == NULL || module->version != DATA_MODULE_VERSION) {
        dlclose(handle);
        return gnn_fail(GNN_ERR_UNSUPPORTED,
                        "the igraph module is of another version than this");
    }
    loaded = module;
    return GNN_OK;
}

gnn_status data_i_module_lock(const data_module **module) {
    gnn_status status = GNN_OK;
    pthread_mutex_lock(&lock);
    if (loaded == NULL) status = load();
    *module = loaded;
    if (status != GNN_OK) pthread_mutex_unlock(&lock);
    return status;
}

void data_i_module_unlock(void) {
    pthread_mutex_unlock(&lock);
}

static void clear_columns(data_module_columns *columns) {
    for (int64_t i = 0; i < columns->n; i++) {
        gnn_i_free(columns->column[i].name);
        gnn_i_free(columns->column[i].number);
        gnn_i_free(columns->column[i].text);
        gnn_i_free(columns->column[i].bytes);
    }
    gnn_i_free(columns->column);
}

void data_i_module_graph_clear(data_module_graph *graph) {
    gnn_i_free(graph->source);
    gnn_i_free(graph->target);
    gnn_i_free(graph->group);
    clear_columns(&graph->vertices);
    clear_columns(&graph->edges);
    *graph = (data_module_graph){0};
}

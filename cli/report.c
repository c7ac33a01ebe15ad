/* Results as JSON and as a table. */
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gnn/parallel.h>

static const char *const part_names[] = {"train", "valid", "test", "rest", "all"};
enum { N_PARTS = sizeof part_names / sizeof *part_names };

cJSON *cli_json(cJSON *value) {
    if (value) return value;
    fputs("gnn: out of memory\n", stderr);
    exit(CLI_FAILED);
}

void cli_json_add(cJSON *object, const char *name, cJSON *value) {
    if (!cJSON_AddItemToObject(object, name, cli_json(value))) cli_json(NULL);
}

void cli_json_number(cJSON *object, const char *name, double value) {
    if (isfinite(value)) cli_json_add(object, name, cJSON_CreateNumber(value));
}

void cli_json_text(cJSON *object, const char *name, const char *text) {
    cli_json_add(object, name, cJSON_CreateString(text));
}

/* Call `each` with every name of the blank-separated gnn_metric_names, in order. */
static void each_metric(void (*each)(void *user, const char *name), void *user) {
    char names[sizeof gnn_metric_names[0] * 512];
    snprintf(names, sizeof names, "%s", gnn_metric_names);
    char *rest = NULL;
    for (char *name = strtok_r(names, " ", &rest); name;
         name = strtok_r(NULL, " ", &rest))
        each(user, name);
}

typedef struct adding {
    cJSON *object;
    const gnn_metrics *metrics;
} adding;

static void add_metric(void *user, const char *name) {
    adding *a = user;
    double value;
    if (gnn_metric_get(a->metrics, name, &value, NULL))
        cli_json_number(a->object, name, value);
}

cJSON *cli_metrics_json(const gnn_metrics *metrics) {
    cJSON *object = cli_json(cJSON_CreateObject());
    cli_json_number(object, "nodes", (double)metrics->n);
    if (metrics->n > 0) each_metric(add_metric, &(adding){object, metrics});
    return object;
}

/* A field of the kernel's account of this process. (getrusage would count what exec
 * replaced.) */
static double status_bytes(const char *field) {
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) return NAN;
    char line[256];
    double kilobytes = NAN;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kilobytes = strtod(line + strlen(field), NULL);
    fclose(file);
    return kilobytes * 1024;
}

static double peak_rss_bytes(void) {
    return status_bytes("VmHWM:");
}

double cli_resident_bytes(void) {
    return status_bytes("VmRSS:");
}

void cli_machine_json(cJSON *result, int n_threads) {
    cli_json_number(result, "peak_rss_bytes", peak_rss_bytes());
    cli_json_number(result, "threads", n_threads > 0 ? n_threads : gnn_n_processors());
    cli_json_text(result, "isa", gnn_isa());
    cli_json_text(result, "version", GNN_VERSION);
}

void cli_print_json(const cJSON *object) {
    char *text = cJSON_PrintUnformatted(object);
    if (!text) cli_json(NULL);
    puts(text);
    cJSON_free(text);
}

/* --- mean and deviation --- */

/* Mean and sample deviation of results[i].PART.NAME over those that have it. */
static int moments(const cJSON *results, const char *part, const char *name, double *mean,
                   double *sd) {
    double sum = 0, square = 0;
    int n = 0;
    for (int pass = 0; pass < 2; pass++) {
        const cJSON *result;
        cJSON_ArrayForEach(result, results) {
            const cJSON *value =
                cJSON_GetObjectItem(cJSON_GetObjectItem(result, part), name);
            if (!cJSON_IsNumber(value)) continue;
            if (pass == 0) {
                sum += value->valuedouble;
                n++;
            } else {
                square += pow(value->valuedouble - *mean, 2);
            }
        }
        if (pass == 0) *mean = n ? sum / n : NAN;
    }
    *sd = n > 1 ? sqrt(square / (n - 1)) : 0;
    return n;
}

void cli_mean_json(const cJSON *results, cJSON **mean, cJSON **sd) {
    *mean = cli_json(cJSON_CreateObject());
    *sd = cli_json(cJSON_CreateObject());
    for (int p = 0; p < N_PARTS; p++) {
        const cJSON *first =
            cJSON_GetObjectItem(cJSON_GetArrayItem(results, 0), part_names[p]);
        if (!first) continue;
        cJSON *means = cli_json(cJSON_CreateObject()),
              *sds = cli_json(cJSON_CreateObject());
        const cJSON *value;
        cJSON_ArrayForEach(value, first) {
            double m, s;
            if (!moments(results, part_names[p], value->string, &m, &s)) continue;
            cli_json_number(means, value->string, m);
            cli_json_number(sds, value->string, s);
        }
        cli_json_add(*mean, part_names[p], means);
        cli_json_add(*sd, part_names[p], sds);
    }
}

/* --- the table --- */

typedef struct printing {
    const cJSON *result, *sd; /* sd: NULL for a single result */
    const cJSON *row;         /* the part being printed; NULL: the headline */
    const char *part;
} printing;

/* Whether any part of the result has this metric; what says the same twice is left out.
 * */
static bool is_shown(const cJSON *result, const char *name) {
    if (strcmp(name, "micro_f1") == 0) return false;
    for (int p = 0; p < N_PARTS; p++)
        if (cJSON_GetObjectItem(cJSON_GetObjectItem(result, part_names[p]), name))
            return true;
    return false;
}

static void print_cell(void *user, const char *name) {
    const printing *table = user;
    if (!is_shown(table->result, name)) return;
    /* "average_precision" is too wide a headline. */
    const char *headline = strcmp(name, "average_precision") == 0 ? "avg_prec" : name;
    int width = table->sd ? 18 : 10;
    if (!table->row) {
        printf(" %*s", width, headline);
        return;
    }
    const cJSON *value = cJSON_GetObjectItem(table->row, name);
    const cJSON *sd =
        cJSON_GetObjectItem(cJSON_GetObjectItem(table->sd, table->part), name);
    char *text = !value      ? cli_copy("-")
                 : table->sd ? cli_text("%.4f ± %.4f", value->valuedouble,
                                        sd ? sd->valuedouble : 0)
                             : cli_text("%.4f", value->valuedouble);
    /* printf counts bytes; ± has two for its one column. */
    printf(" %*s", width + (value && table->sd ? 1 : 0), text);
    free(text);
}

static void print_table(const cJSON *result, const cJSON *sd) {
    printing table = {.result = result, .sd = sd};
    printf("%-6s %9s", "", "nodes");
    each_metric(print_cell, &table);
    putchar('\n');
    for (int p = 0; p < N_PARTS; p++) {
        table.part = part_names[p];
        table.row = cJSON_GetObjectItem(result, table.part);
        if (!table.row) continue;
        const cJSON *n = cJSON_GetObjectItem(table.row, "nodes");
        printf("%-6s %9.0f", table.part, n ? n->valuedouble : 0);
        each_metric(print_cell, &table);
        putchar('\n');
    }
}

void cli_print_parts(const cJSON *result) {
    print_table(result, NULL);
}

void cli_print_mean(const cJSON *mean, const cJSON *sd) {
    print_table(mean, sd);
}

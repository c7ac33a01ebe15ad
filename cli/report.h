/* Results: one JSON object a run, and the short table that is made from such objects. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <cjson/cJSON.h>
#include <gnn/metrics.h>

#include "cli.h"

/** The metrics that apply, as an object {"nodes": n, "accuracy": …}. */
cJSON *cli_metrics_json(const gnn_metrics *metrics);
/** Memory that is in use now; NAN when the system does not say. */
double cli_resident_bytes(void);
/** Adds the fields that every result has: peak_rss_bytes, threads, isa, version. */
void cli_machine_json(cJSON *result, int n_threads);

/** The parts (train, valid, test …) of a result as a table on stdout, a row a part. */
void cli_print_parts(const cJSON *result);
/** The same of several results: mean ± standard deviation. */
void cli_print_mean(const cJSON *mean, const cJSON *sd);
/** Objects of the mean and the sample standard deviation (n - 1) over an array of
 *  results, of everything numeric in their parts. */
void cli_mean_json(const cJSON *results, cJSON **mean, cJSON **sd);
/** One line of JSON on stdout. */
void cli_print_json(const cJSON *object);

/** cJSON never fails for us: `value` or the program ends. */
cJSON *cli_json(cJSON *value);
/** Add to an object; takes `value`. */
void cli_json_add(cJSON *object, const char *name, cJSON *value);
void cli_json_number(cJSON *object, const char *name, double value); /**< NaN: left out */
void cli_json_text(cJSON *object, const char *name, const char *text);

#endif

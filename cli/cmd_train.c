/* gnn train node: reads data, trains a model on them, leaves a run directory. */
#include <stdlib.h>
#include <string.h>

#include <gnn/parallel.h>

#include "report.h"
#include "training.h"

/* What only this command knows. */
typedef struct train_options {
    const char *out, *config;
    int64_t runs;
    bool resume, json, quiet;
} train_options;

/* The settings of a configuration file, below those of the command line. With another
 * model its model options mean nothing and are left out. */
static gnn_status lay_over(const gnn_config *config, cli_settings *settings) {
    gnn_status status = GNN_OK;
    cli_settings base = {0};
    GNN_TRY(cli_config_settings(config, &base));
    const char *now = cli_settings_get(settings, "model");
    const char *before = cli_settings_get(&base, "model");
    bool same = !now || !before || strcmp(now, before) == 0;
    for (size_t i = base.n; !same && i-- > 0;) {
        const char *name = base.entry[i].name;
        if (!cli_is_data_setting(name) && !cli_is_train_setting(name))
            cli_settings_unset(&base, name);
    }
    cli_settings_lay(&base, settings);
    cli_settings_clear(settings);
    *settings = base;
    base = (cli_settings){0};
cleanup:
    cli_settings_clear(&base);
    return status;
}

/* --config FILE; with --resume and a known place the configuration of that run. */
static gnn_status read_configs(const train_options *own, cli_settings *settings) {
    gnn_status status = GNN_OK;
    gnn_config *config = NULL;
    if (own->config) {
        GNN_TRY(gnn_config_load(own->config, &config));
        GNN_TRY(cli_config_check(own->config, config));
        GNN_TRY(lay_over(config, settings));
        gnn_config_free(config);
        config = NULL;
    }
    if (own->resume && own->out) {
        if (own->runs > 1)
            GNN_TRY(cli_seeds_before(own->out, &config));
        else
            GNN_TRY(cli_config_before(own->out, &config));
        if (config) GNN_TRY(lay_over(config, settings));
    }
cleanup:
    gnn_config_free(config);
    return status;
}

static gnn_status train_once(cli_training *training, const char *out, bool resume,
                             cJSON **result) {
    gnn_status status = GNN_OK;
    cli_seed one = {0};
    gnn_run *run = NULL;
    *result = NULL;
    GNN_TRY(cli_seed_begin(training, training->options.seed, &one));
    GNN_TRY(cli_training_memory(training, &one));
    if (!resume) cli_note_given_up(out);
    GNN_TRY(cli_seed_open(out, resume, &one, &run));
    GNN_TRY(cli_run_write_data(run, &training->nodes));
    GNN_TRY(cli_seed_train(training, &one, run, result));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    if (status != GNN_OK) {
        cJSON_Delete(*result);
        *result = NULL;
    }
    gnn_run_free(run);
    cli_seed_end(&one);
    return status;
}

static double number(const cJSON *object, const char *name) {
    const cJSON *value = cJSON_GetObjectItem(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

/* "0.21 s, 1.04 ms an epoch; 61 MB; 2 threads, avx512". */
static void print_costs(const cJSON *result) {
    char *total = cli_duration_text(number(result, "seconds_total"));
    char *memory = cli_bytes_text(number(result, "peak_rss_bytes"));
    printf("trained in %s", total);
    if (number(result, "seconds_per_epoch") > 0)
        printf(", %.3g ms an epoch", 1e3 * number(result, "seconds_per_epoch"));
    double threads = number(result, "threads");
    printf("; peak memory %s; %.0f thread%s, %s\n", memory, threads,
           cli_plural((int64_t)threads), gnn_isa());
    free(total);
    free(memory);
}

static void print_result(const cJSON *result, const char *out, bool json) {
    const cJSON *runs = cJSON_GetObjectItem(result, "runs");
    printf("%s on %s", cJSON_GetObjectItem(result, "model")->valuestring,
           cJSON_GetObjectItem(result, "data")->valuestring);
    if (runs) {
        int n = cJSON_GetArraySize(runs);
        double first = number(cJSON_GetArrayItem(runs, 0), "seed");
        printf(", seeds %.0f to %.0f: mean ± standard deviation of %d runs\n", first,
               first + n - 1, n);
        cli_print_mean(cJSON_GetObjectItem(result, "mean"),
                       cJSON_GetObjectItem(result, "sd"));
        print_costs(result);
        printf("seed %.0f, the best on the validation nodes, is saved in %s\n",
               number(result, "seed"), out);
    } else {
        if (number(result, "best_epoch") > 0)
            printf(", seed %.0f: best epoch %.0f of %.0f\n", number(result, "seed"),
                   number(result, "best_epoch"), number(result, "epochs"));
        else
            printf(", seed %.0f\n", number(result, "seed"));
        cli_print_parts(result);
        print_costs(result);
        printf("saved in %s\n", out);
    }
    if (json) cli_print_json(result);
}

/* runs/DATA-MODEL, with letters that belong into the name of a folder. */
static char *default_out(const cli_training *training) {
    char *name = cli_text("%s-%s", training->nodes.name, training->model);
    for (char *at = name; *at; at++)
        if (strchr("/:*?\"<>|\\ \t", *at)) *at = '-';
    char *out = cli_text("runs/%s", name);
    free(name);
    return out;
}

static gnn_status train(const train_options *own, cli_settings *settings) {
    gnn_status status = GNN_OK;
    cli_training training = {0};
    cJSON *result = NULL;
    char *out = NULL;
    double start = cli_now();
    GNN_TRY(read_configs(own, settings));
    status = cli_training_begin(settings, own->quiet, &training);
    if (status == GNN_ERR_CANCELLED)
        gnn_fail(status, "interrupted while reading: nothing new was trained");
    if (status != GNN_OK) goto cleanup;
    double read = cli_now() - start;
    out = own->out ? cli_copy(own->out) : default_out(&training);
    status = own->runs > 1
                 ? cli_train_seeds(&training, own->runs, out, own->resume, &result)
                 : train_once(&training, out, own->resume, &result);
    if (status == GNN_ERR_CANCELLED)
        gnn_fail(status, "interrupted; the same command with --resume goes on from here");
    if (status != GNN_OK) goto cleanup;
    cli_json_number(result, "seconds_reading", read);
    cli_json_text(result, "run", out);
    print_result(result, out, own->json);
cleanup:
    cJSON_Delete(result);
    free(out);
    cli_training_end(&training);
    return status;
}

/* The value of --model, for --help. */
static const char *named_model(int argc, char **argv) {
    const char *model = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--model=", 8) == 0)
            model = argv[i] + 8;
        else if (i + 1 < argc &&
                 (strcmp(argv[i], "--model") == 0 || strcmp(argv[i], "-m") == 0))
            model = argv[i + 1];
    }
    return model;
}

int cli_train_node(int argc, char **argv) {
    cli_settings settings = {0};
    train_options own = {0};
    cli_option *training = NULL, *models = NULL;
    const cli_option split_table[] = {
        CLI_OPTION_SETTING(0, "split", "SPLIT",
                           "public (the data's own), a file, random:TRAIN,VALID,TEST "
                           "(ratios) or per-class:TRAIN,VALID (nodes) [public where "
                           "there is one, else random:.6,.2,.2]"),
        CLI_OPTIONS_END,
    };
    const cli_option table[] = {
        CLI_OPTION_SETTING('m', "model", "NAME", "what to train: gnn list models"),
        CLI_OPTION_TEXT('o', "out", "DIR", "the run directory to write [runs/DATA-MODEL]",
                        &own.out),
        CLI_OPTION_SETTING('s', "seed", "N",
                           "of parameters, dropout, batches and random splits [0]"),
        CLI_OPTION_INTEGER(
            'n', "runs", 1, 1000000,
            "train N seeds, this one and those that follow it, each with its "
            "own random split, and tell mean and standard deviation; the best on "
            "the validation nodes is saved",
            &own.runs),
        CLI_OPTION_FLAG(
            'r', "resume",
            "go on with an interrupted run, to the bit as if it had not been; "
            "or train a finished one for more epochs",
            &own.resume),
        CLI_OPTION_TEXT(
            'c', "config", "FILE",
            "settings of another run (its config.json); options given here win",
            &own.config),
        CLI_OPTION_FLAG('j', "json", "print the result as one JSON object, last",
                        &own.json),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but results and errors", &own.quiet),
        CLI_OPTIONS_END,
    };
    const char *model = named_model(argc, argv);
    cli_training_tables(model, &training, &models);
    cli_grammar grammar = {
        .help =
            "Train a graph neural network to predict the classes, labels or numbers of "
            "nodes. The parameters of the epoch that was best on the validation nodes "
            "are "
            "kept, in a run directory that the other commands read.",
        .more = "Ctrl-C saves and stops with exit code 4.\n\nExample:\n"
                "  gnn train node --data cora --model gcn --runs 10\n"
                "  gnn train node --data edges.tsv --labels labels.tsv --model sage",
        .tables = {cli_spec_table, table, cli_data_table, split_table, training, models,
                   cli_machine_table},
        .settings = &settings};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(own.quiet);
        cli_stop_on_signals();
        status = train(&own, &settings);
    }
    cli_options_free(training);
    cli_options_free(models);
    cli_settings_clear(&settings);
    return cli_end(status);
}

/* gnn embed: vectors of entities and relations from triples, in a run directory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gnn/parallel.h>

#include "data.h"
#include "embed_run.h"
#include "ranking.h"
#include "report.h"
#include "run_data.h"

/* What only this command knows. */
typedef struct embed_options {
    const char *out, *config, *extend;
    bool resume, freeze_old, json, quiet;
} embed_options;

/* All that one command trains. */
typedef struct embedding {
    cli_extension extension;
    cli_triples triples;
    emb_model *model;
    emb_train_options options;
    cli_progress progress;
    double resident; /* bytes before training */
    double loss;     /* of the latest epoch; NAN before */
    char note[64];   /* the latest loss and MRR, for the line of progress */
} embedding;

static void clear(embedding *e) {
    cli_extension_close(&e->extension);
    cli_triples_clear(&e->triples);
    emb_model_free(e->model);
}

static const emb_scorer_info *find_scorer(const char *name) {
    for (size_t i = 0; i < emb_scorer_count(); i++)
        if (strcmp(emb_scorer_get(i)->name, name) == 0) return emb_scorer_get(i);
    return NULL;
}

/* ---- settings ---- */

/* Settings of the run that is extended, of a configuration file, or of the run that is
 * gone on with, below those of the command line. */
static gnn_status read_configs(const embed_options *own, const char *out,
                               const cli_extension *extension, cli_settings *settings) {
    gnn_status status = GNN_OK;
    gnn_config *configs[2] = {NULL, NULL};
    cli_settings base = {0}, given = {0};
    if (own->config) GNN_TRY(gnn_config_load(own->config, &configs[0]));
    if (own->resume && out) GNN_TRY(cli_config_before(out, &configs[1]));
    for (int i = 0; i < 2; i++)
        if (configs[i]) GNN_TRY(cli_config_settings(configs[i], &given));
    if (extension->path) {
        cli_settings all = {0};
        cli_settings_lay(&all, &given);
        cli_settings_lay(&all, settings);
        status = cli_extension_settings(extension, &all, &base);
        cli_settings_clear(&all);
        if (status != GNN_OK) goto cleanup;
    }
    cli_settings_lay(&base, &given);
    /* options of another scorer mean nothing */
    const char *now = cli_settings_get(settings, "scorer");
    const char *before = cli_settings_get(&base, "scorer");
    if (now && before && strcmp(now, before) != 0)
        cli_settings_unset(&base, "scorer_options");
    cli_settings_lay(&base, settings);
    cli_settings_clear(settings);
    *settings = base;
    base = (cli_settings){0};
cleanup:
    cli_settings_clear(&base);
    cli_settings_clear(&given);
    gnn_config_free(configs[0]);
    gnn_config_free(configs[1]);
    return status;
}

static bool is_in(const gnn_option *table, const char *name) {
    for (; table && table->name; table++)
        if (strcmp(table->name, name) == 0) return true;
    return false;
}

/* Options of the scorer as "name=value,…": those of a configuration, then those of the
 * command line. New memory. */
static char *scorer_options(const cli_settings *settings, const emb_scorer_info *scorer) {
    const char *before = cli_settings_get(settings, "scorer_options");
    char *text = cli_copy(before ? before : "");
    for (size_t i = 0; i < settings->n; i++)
        if (is_in(scorer->options, settings->entry[i].name))
            cli_append(&text, ",", "%s=%s", settings->entry[i].name,
                       settings->entry[i].value);
    return text;
}

static gnn_status real_setting(const cli_settings *settings, const char *name,
                               double *value) {
    const char *text = cli_settings_get(settings, name);
    if (!text) return GNN_OK;
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x > 0))
        return gnn_fail(GNN_ERR_ARGUMENT, "--%s is '%s', expected a number above 0", name,
                        text);
    *value = x;
    return GNN_OK;
}

static gnn_status make_model(const cli_settings *settings, embedding *e) {
    gnn_status status;
    const char *name = cli_settings_get(settings, "scorer");
    const emb_scorer_info *scorer = find_scorer(name ? name : "complex");
    char *text = NULL;
    int64_t dim, seed;
    emb_model_options options = {.reciprocal = true,
                                 .init_scale = 1e-3,
                                 .n_entities = gnn_names_count(e->triples.sets.entities),
                                 .n_relations =
                                     gnn_names_count(e->triples.sets.relations)};
    GNN_TRY(cli_whole(settings, "dim", 200, &dim));
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    GNN_TRY(real_setting(settings, "init-scale", &options.init_scale));
    if (cli_settings_get(settings, "entity-precision"))
        GNN_TRY(emb_model_precision(cli_settings_get(settings, "entity-precision"),
                                    &options.entity_precision));
    if (cli_settings_get(settings, "reciprocal"))
        GNN_TRY(cli_switch(settings, "reciprocal", &options.reciprocal));
    options.dim = dim;
    options.seed = (uint64_t)seed;
    if (e->extension.path)
        return cli_extension_model(&e->extension, &e->triples, options.seed, &e->model);
    text = scorer_options(settings, scorer);
    GNN_TRY(emb_model_new(scorer->name, text, &options, &e->model));
cleanup:
    free(text);
    return status;
}

static gnn_status take_entity(void *model, gnn_id row, const gnn_real *values) {
    return emb_model_set_entity(model, row, values);
}
static gnn_status take_relation(void *model, gnn_id row, const gnn_real *values) {
    return emb_model_set_relation(model, row, values);
}

/* Vectors to begin with, from files. */
static gnn_status set_vectors(const cli_settings *settings, embedding *e) {
    gnn_status status = GNN_OK;
    int64_t n, widths[2];
    emb_model_entities(e->model, &widths[0]);
    emb_model_relations(e->model, &n, &widths[1]);
    const struct {
        const char *setting, *what;
        const gnn_names *names;
        data_vector_taker taker;
    } sides[] = {
        {"init-entities", "entities", e->triples.sets.entities, {take_entity, e->model}},
        {"init-relations",
         "relations",
         e->triples.sets.relations,
         {take_relation, e->model}}};
    for (int i = 0; i < 2; i++) {
        const char *path = cli_settings_get(settings, sides[i].setting);
        data_vectors_notes notes;
        if (!path) continue;
        GNN_TRY(data_vectors_read(path, NULL, sides[i].names, widths[i], &sides[i].taker,
                                  &notes));
        cli_note("%s: vectors of %lld of %lld %s; %lld others were not needed", path,
                 (long long)notes.n_read, (long long)gnn_names_count(sides[i].names),
                 sides[i].what, (long long)notes.n_unknown);
    }
cleanup:
    return status;
}

/* What can be told before anything is read. */
static gnn_status check_model(const cli_settings *settings) {
    const char *name = cli_settings_get(settings, "scorer");
    const char *precision = cli_settings_get(settings, "entity-precision");
    const char *known[64];
    size_t n = 0;
    int place;
    if (name && !find_scorer(name)) {
        for (; n < emb_scorer_count() && n < 64; n++) known[n] = emb_scorer_get(n)->name;
        return cli_unknown("scorer", name, n, known);
    }
    return precision ? emb_model_precision(precision, &place) : GNN_OK;
}

static gnn_status train_options(const cli_settings *settings, emb_train_options *o) {
    gnn_status status = GNN_OK;
    int64_t seed;
    emb_train_options_init(o);
    for (size_t i = 0; i < settings->n; i++)
        for (const gnn_option *entry = emb_train_option_table(); entry->name; entry++)
            if (strcmp(entry->name, settings->entry[i].name) == 0)
                GNN_TRY(gnn_options_set(entry, "training", entry->name,
                                        settings->entry[i].value, o));
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    o->seed = (uint64_t)seed;
    GNN_TRY(cli_machine(settings, &o->n_threads));
cleanup:
    return status;
}

/* ---- training ---- */

static int after_step(void *user, const char *what, int64_t done, int64_t total) {
    embedding *e = user;
    if (cli_progress_is_due(&e->progress))
        cli_progress_show(&e->progress, what, done, total, e->note);
    return cli_stopping();
}

static int after_epoch(void *user, const emb_epoch *epoch) {
    embedding *e = user;
    e->loss = epoch->loss;
    size_t at = (size_t)snprintf(e->note, sizeof e->note, "epoch %lld  loss %.4f",
                                 (long long)epoch->epoch, epoch->loss);
    if (epoch->valid)
        snprintf(e->note + at, sizeof e->note - at, "  MRR %.4f", epoch->valid->both.mrr);
    cli_progress_end(&e->progress);
    if (epoch->valid) cli_note("%s  (%.1f s an epoch)", e->note, epoch->seconds);
    return cli_stopping();
}

/* What the process will hold: what it does now, with tables and triples, and what
 * training adds. */
static void tell_memory(void *user, int64_t bytes) {
    const embedding *e = user;
    char *text = cli_bytes_text(e->resident + (double)bytes);
    cli_note("training takes about %s", text);
    free(text);
}

static cJSON *result_json(const embedding *e, const emb_train_report *report) {
    cJSON *result = cli_json(cJSON_CreateObject());
    cli_json_text(result, "task", "link");
    cli_json_text(result, "model", emb_model_scorer(e->model));
    cli_json_text(result, "data", e->triples.name);
    cli_json_number(result, "seed", (double)e->options.seed);
    cli_json_number(result, "epochs", (double)report->epochs);
    cli_json_number(result, "best_epoch", (double)report->best_epoch);
    cli_json_number(result, "seconds_total", report->seconds_total);
    cli_json_number(result, "seconds_per_epoch", report->seconds_per_epoch);
    cli_json_number(result, "items_per_second", report->queries_per_second);
    cli_json_text(result, "products", cli_embed_products(&e->options));
    cJSON *train = cli_json(cJSON_CreateObject());
    cli_json_number(train, "loss", e->loss);
    cli_json_add(result, "train", train);
    return result;
}

static gnn_status rank_all(embedding *e, cJSON *result) {
    gnn_status status = GNN_OK;
    const cli_ranking ranking = {.relations = e->triples.sets.relations,
                                 .n_threads = e->options.n_threads};
    if (e->triples.sets.valid.n + e->triples.sets.test.n > 0)
        GNN_TRY(cli_extension_know(&e->extension, &e->progress, &e->triples));
    if (e->triples.sets.valid.n > 0)
        GNN_TRY(cli_rank(e->model, &e->triples, "valid", &ranking, &e->progress, result));
    if (e->triples.sets.test.n > 0)
        GNN_TRY(cli_rank(e->model, &e->triples, "test", &ranking, &e->progress, result));
    cli_machine_json(result, ranking.n_threads);
cleanup:
    return status;
}

static gnn_status train_in(const embed_options *own, embedding *e, const char *out,
                           gnn_config *config, cJSON **result) {
    gnn_status status;
    gnn_run *run = NULL;
    emb_train_report report;
    const emb_watch watch = {
        .ready = tell_memory, .epoch = after_epoch, .step = after_step, .user = e};
    *result = NULL;
    GNN_TRY(cli_embed_begin(out, own->resume, config, &run));
    GNN_TRY(cli_embed_write_names(run, &e->triples));
    e->resident = cli_resident_bytes();
    GNN_TRY(emb_train(e->model, &e->triples.sets.train, &e->triples.sets.valid,
                      &e->options, run, &watch, &report));
    cli_progress_end(&e->progress);
    GNN_TRY(emb_model_save(e->model, run));
    *result = result_json(e, &report);
    GNN_TRY(rank_all(e, *result));
    GNN_TRY(cli_run_write_report(run, *result));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    cli_progress_end(&e->progress);
    if (status == GNN_ERR_CANCELLED)
        gnn_fail(status, "interrupted; the same command with --resume goes on from here");
    gnn_run_free(run);
    return status;
}

/* Where a run is written that is not told where. */
static char *default_out(const embedding *e) {
    char *out = cli_text("runs/%s-%s", e->triples.name, emb_model_scorer(e->model));
    for (char *at = out + strlen("runs/"); *at; at++)
        if (strchr("/:*?\"<>|\\ \t", *at)) *at = '-';
    return out;
}

static char *extended_out(const char *run) {
    size_t length = strlen(run);
    while (length > 1 && run[length - 1] == '/') length--;
    return cli_text("%.*s-extended", (int)length, run);
}

static gnn_status begin_from_extended(const cli_settings *settings, embedding *e,
                                      gnn_config *config) {
    cli_extension_optimizer(&e->extension, cli_settings_get(settings, "optimizer"));
    e->options.growth = &e->extension.growth;
    return cli_extension_configure(&e->extension, config);
}

static gnn_status embed(const embed_options *own, cli_settings *settings) {
    gnn_status status = GNN_OK;
    embedding e = {.loss = NAN};
    gnn_config *config = NULL;
    cJSON *result = NULL;
    char *out = own->out ? cli_copy(own->out) : NULL;
    emb_train_options asked;
    cli_progress_begin(&e.progress, own->quiet);
    if (!out && own->extend) out = extended_out(own->extend);
    GNN_TRY(cli_extension_open(own->extend, own->freeze_old, own->resume ? out : NULL,
                               &e.extension));
    GNN_TRY(read_configs(own, out, &e.extension, settings));
    GNN_TRY(check_model(settings));
    GNN_TRY(train_options(settings, &e.options));
    status = cli_triples_read(settings, e.extension.run.entities,
                              e.extension.run.relations, NULL, &e.progress, &e.triples);
    if (status == GNN_ERR_CANCELLED)
        gnn_fail(status, "interrupted while reading: nothing new was trained");
    if (status != GNN_OK) goto cleanup;
    cli_triples_tell(&e.triples);
    GNN_TRY(make_model(settings, &e));
    GNN_TRY(set_vectors(settings, &e));
    if (!out) out = default_out(&e);
    asked = e.options;
    GNN_TRY(cli_embed_settle(own->resume ? out : NULL, e.model, &e.options));
    GNN_TRY(cli_embed_config(settings, &e.triples, e.model, &asked, &e.options, &config));
    if (e.extension.path) GNN_TRY(begin_from_extended(settings, &e, config));
    GNN_TRY(train_in(own, &e, out, config, &result));
    cli_json_text(result, "run", out);
    printf("%s on %s, seed %lld\n", emb_model_scorer(e.model), e.triples.name,
           (long long)e.options.seed);
    cli_print_rankings(result);
    printf("saved in %s\n", out);
    if (own->json) cli_print_json(result);
cleanup:
    cli_progress_end(&e.progress);
    cJSON_Delete(result);
    gnn_config_free(config);
    free(out);
    clear(&e);
    return status;
}

/* The value of --scorer, for --help. */
static const char *named_scorer(int argc, char **argv) {
    const char *name = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--scorer=", 9) == 0) name = argv[i] + 9;
        if (i + 1 < argc && strcmp(argv[i], "--scorer") == 0) name = argv[i + 1];
    }
    return name;
}

int cli_embed(int argc, char **argv) {
    cli_settings settings = {0};
    embed_options own = {0};
    cli_option *training = NULL, *scorers = NULL;
    const cli_option table[] = {
        CLI_OPTION_SETTING(0, "scorer", "NAME",
                           "what a triple is worth: gnn list scorers [complex]"),
        CLI_OPTION_SETTING(0, "dim", "N",
                           "floats of an entity's vector [200]: complex of rank 100"),
        CLI_OPTION_SWITCH("reciprocal",
                          "ask for heads as tails of a reciprocal relation, which has a "
                          "vector of its own [yes]; mure, rote and hake need it"),
        CLI_OPTION_SETTING(0, "init-scale", "X",
                           "deviation of the first, random vectors [0.001]"),
        CLI_OPTION_SETTING(0, "entity-precision", "fp32|bf16",
                           "how entities' vectors are kept, in memory and on disk; bf16 "
                           "takes half of both [fp32]"),
        CLI_OPTION_SETTING(0, "init-entities", "FILE",
                           "vectors that entities begin with: a line each, name and "
                           "numbers, as gnn export writes tsv and word2vec; entities "
                           "that it lacks begin at random"),
        CLI_OPTION_SETTING(0, "init-relations", "FILE", "the same of relations"),
        CLI_OPTION_SETTING(0, "comment", "TEXT",
                           "what a comment line of triples begins with [#]; '' for none"),
        CLI_OPTION_TEXT('o', "out", "DIR",
                        "the run directory to write [runs/DATA-SCORER]", &own.out),
        CLI_OPTION_SETTING('s', "seed", "N", "of vectors, order and negatives [0]"),
        CLI_OPTION_FLAG(
            'r', "resume",
            "go on with an interrupted run, to the bit as if it had not been; "
            "or train a finished one for more epochs",
            &own.resume),
        CLI_OPTION_TEXT(0, "extend", "RUN",
                        "go on from a finished run with more triples, and with entities "
                        "and relations that it had not seen, in a run of its own "
                        "[--out RUN-extended]: give all triples, old and new. Old "
                        "entities keep their vectors to begin with, and their rows; "
                        "settings are those of RUN, with a tenth of its epochs",
                        &own.extend),
        CLI_OPTION_FLAG(0, "freeze-old",
                        "with --extend: vectors of RUN stay as they are, to the byte; "
                        "the new triples alone are enough then, and those of RUN stay "
                        "known: its files are read again where ranks, queries and "
                        "probabilities need them",
                        &own.freeze_old),
        CLI_OPTION_TEXT('c', "config", "FILE",
                        "settings of another run or a recipe; options given here win",
                        &own.config),
        CLI_OPTION_FLAG('j', "json", "print the result as one JSON object, last",
                        &own.json),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but results and errors", &own.quiet),
        CLI_OPTIONS_END,
    };
    const char *scorer = named_scorer(argc, argv);
    cli_options_from_table(&training, "Training:", emb_train_option_table(), NULL, false);
    for (size_t i = 0; i < emb_scorer_count(); i++) {
        const emb_scorer_info *info = emb_scorer_get(i);
        bool shown = !scorer || strcmp(scorer, info->name) == 0;
        char *headline = cli_text("Scorer %s:", info->name);
        cli_options_from_table(&scorers, headline, info->options, NULL, !shown);
        free(headline);
    }
    cli_grammar grammar = {
        .help =
            "Train vectors of entities and relations, so that true triples score "
            "higher than others. Every triple asks for its tail and for its head. "
            "The vectors of the epoch with the best MRR on the validation triples are "
            "kept.",
        .more = "Ctrl-C saves and stops with exit code 4.\n\nExample:\n"
                "  gnn embed --triples FB15k-237 --scorer complex --dim 200 "
                "--regularizer n3\n"
                "  gnn embed --triples wordnet:triples --epochs 20",
        .tables = {cli_triples_table, table, training, scorers, cli_machine_table},
        .settings = &settings};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(own.quiet);
        cli_stop_on_signals();
        status = embed(&own, &settings);
    }
    cli_options_free(training);
    cli_options_free(scorers);
    cli_settings_clear(&settings);
    return cli_end(status);
}

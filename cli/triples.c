/* Reading triples, and telling how they rank. */
#include "triples.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"
#include "report.h"

const cli_option cli_triples_table[] = {
    CLI_OPTIONS_HEADING("Triples:"),
    CLI_OPTION_SETTING('t', "triples", "SPEC",
                       "triples to learn, head-tab-relation-tab-tail: a file, a folder "
                       "with train.txt, valid.txt and test.txt, or wordnet:triples"),
    CLI_OPTION_SETTING(0, "valid", "FILE",
                       "triples that training is watched by [valid.txt of the folder]"),
    CLI_OPTION_SETTING(0, "test", "FILE",
                       "triples to rank at the end [test.txt of the folder]"),
    CLI_OPTIONS_END,
};

/* ---- finding files ---- */

static bool is_folder(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* FOLDER/NAME with one of the endings that readers know; NULL when there is none. New
 * memory. */
static char *find_file(const char *folder, const char *name) {
    static const char *const endings[] = {".txt", ".tsv", ""};
    static const char *const packed[] = {"", ".gz", ".zst"};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            char *path = cli_text("%s/%s%s%s", folder, name, endings[i], packed[k]);
            if (access(path, F_OK) == 0) return path;
            free(path);
        }
    return NULL;
}

/* The file of a set: the setting's, or the folder's. */
static char *set_file(const cli_settings *settings, const char *folder,
                      const char *setting, const char *name) {
    const char *given = cli_settings_get(settings, setting);
    if (given) return cli_copy(given);
    return folder ? find_file(folder, name) : NULL;
}

/* ---- reading ---- */

static gnn_status read_files(const cli_settings *settings, const char *spec,
                             const data_options *options, cli_triples *t) {
    gnn_status status = GNN_OK;
    data_triples_notes notes;
    const char *folder = is_folder(spec) ? spec : NULL;
    char *train = folder ? find_file(folder, "train") : cli_copy(spec);
    char *valid = set_file(settings, folder, "valid", "valid");
    char *test = set_file(settings, folder, "test", "test");
    char *names = folder ? find_file(folder, "entity_names") : NULL;
    GNN_CHECK(train, GNN_ERR_INPUT, "%s: no train.txt in this folder", spec);
    const char *slash = strrchr(spec, '/');
    t->name = cli_copy(slash && slash[1] ? slash + 1 : spec);
    GNN_TRY(gnn_names_new(&t->sets.entities));
    GNN_TRY(gnn_names_new(&t->sets.relations));
    GNN_TRY(data_triples_read(train, NULL, options, t->sets.entities, t->sets.relations,
                              &t->sets.train, &notes));
    t->n_known = gnn_names_count(t->sets.entities);
    t->n_duplicates = notes.n_duplicates;
    if (valid)
        GNN_TRY(data_triples_read(valid, train, options, t->sets.entities,
                                  t->sets.relations, &t->sets.valid, NULL));
    if (test)
        GNN_TRY(data_triples_read(test, train, options, t->sets.entities,
                                  t->sets.relations, &t->sets.test, NULL));
    if (names)
        GNN_TRY(
            data_entity_labels_read(names, options, t->sets.entities, &t->sets.labels));
cleanup:
    free(train);
    free(valid);
    free(test);
    free(names);
    return status;
}

gnn_status cli_triples_read(const cli_settings *settings, cli_progress *progress,
                            cli_triples *t) {
    gnn_status status = GNN_OK;
    const char *spec = cli_settings_get(settings, "triples");
    data_options options = {.progress = cli_progress_callback, .progress_user = progress};
    int64_t seed;
    *t = (cli_triples){0};
    GNN_CHECK(spec, GNN_ERR_ARGUMENT,
              "expected --triples SPEC: a file, a folder, or wordnet:triples");
    options.comment = cli_settings_get(settings, "comment");
    if (cli_settings_get(settings, "keep-duplicates"))
        options.duplicates = GNN_DUPLICATES_KEEP;
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    options.seed = (uint64_t)seed;
    GNN_TRY(cli_threads(settings, &options.n_threads));
    if (strncmp(spec, "wordnet:", 8) == 0) {
        GNN_TRY(data_triple_sets_read(spec, -1, -1, &options, &t->sets));
        t->name = cli_copy(t->sets.name);
        t->n_known = gnn_names_count(t->sets.entities);
    } else {
        GNN_TRY(read_files(settings, spec, &options, t));
    }
    cli_progress_end(progress);
    t->hash[0] = data_triples_hash(&t->sets.train);
    t->hash[1] = data_triples_hash(&t->sets.valid);
    t->hash[2] = data_triples_hash(&t->sets.test);
    int64_t entities = gnn_names_count(t->sets.entities);
    cli_note("%s: %lld entities, %lld relations, %lld triples to learn, %lld to watch, "
             "%lld to rank",
             t->name, (long long)entities, (long long)gnn_names_count(t->sets.relations),
             (long long)t->sets.train.n, (long long)t->sets.valid.n,
             (long long)t->sets.test.n);
    if (entities > t->n_known)
        cli_note("%lld entities are in no training triple: they keep their random "
                 "vectors and are ranked all the same",
                 (long long)(entities - t->n_known));
    if (t->n_duplicates > 0)
        cli_note("%lld training triples were listed again and left out",
                 (long long)t->n_duplicates);
cleanup:
    if (status != GNN_OK) cli_triples_clear(t);
    return status;
}

void cli_triples_clear(cli_triples *triples) {
    data_triple_sets_clear(&triples->sets);
    free(triples->name);
    *triples = (cli_triples){0};
}

/* ---- ranking ---- */

static const char *const ties_names[] = {"mean", "optimistic", "pessimistic"};

const char *cli_ties_name(emb_ties ties) {
    return ties_names[ties];
}

gnn_status cli_ties(const char *name, emb_ties *ties) {
    for (int i = 0; i < 3; i++)
        if (!name || strcmp(ties_names[i], name) == 0) {
            *ties = (emb_ties)i;
            return GNN_OK;
        }
    return cli_unknown("tie rule", name, 3, ties_names);
}

gnn_status cli_by_name(const char *name, cli_by *by) {
    static const char *const names[] = {"relation", "kind"};
    *by = CLI_BY_NOTHING;
    for (int i = 0; name && i < 2; i++)
        if (strcmp(names[i], name) == 0) *by = (cli_by)(i + 1);
    return name && *by == CLI_BY_NOTHING ? cli_unknown("--by", name, 2, names) : GNN_OK;
}

/* {"questions": n, "mrr": …, "hits@1": …} */
static cJSON *ranking_json(const emb_ranking *r) {
    cJSON *object = cli_json(cJSON_CreateObject());
    cli_json_number(object, "questions", (double)r->n);
    cli_json_number(object, "mrr", r->mrr);
    cli_json_number(object, "hits@1", r->hits1);
    cli_json_number(object, "hits@3", r->hits3);
    cli_json_number(object, "hits@10", r->hits10);
    cli_json_number(object, "mr", r->mr);
    cli_json_number(object, "amri", r->amri);
    return object;
}

/* The same with "tail" and "head" apart. */
static cJSON *evaluation_json(const emb_evaluation *e) {
    cJSON *object = ranking_json(&e->both);
    cli_json_add(object, "tail", ranking_json(&e->tail));
    cli_json_add(object, "head", ranking_json(&e->head));
    return object;
}

static void print_row(int width, const char *indent, const char *name,
                      const cJSON *ranking) {
    static const char *const columns[] = {"mrr",     "hits@1", "hits@3",
                                          "hits@10", "mr",     "amri"};
    const cJSON *questions = cJSON_GetObjectItem(ranking, "questions");
    printf("%s%-*s %10.0f", indent, width - (int)strlen(indent), name,
           cJSON_IsNumber(questions) ? questions->valuedouble : 0);
    for (int i = 0; i < 6; i++) {
        const cJSON *value = cJSON_GetObjectItem(ranking, columns[i]);
        printf(i == 4 ? " %10.1f" : " %8.4f",
               cJSON_IsNumber(value) ? value->valuedouble : 0);
    }
    putchar('\n');
}

void cli_print_rankings(const cJSON *result) {
    static const char *const sets[] = {"train", "valid", "test"};
    int width = 12;
    const cJSON *group;
    for (int i = 0; i < 3; i++) {
        const cJSON *set = cJSON_GetObjectItem(result, sets[i]);
        cJSON_ArrayForEach(group, cJSON_GetObjectItem(set, "by")) {
            int length = 2 + (int)strlen(group->string);
            if (length > width) width = length;
        }
    }
    printf("%-*s %10s %8s %8s %8s %8s %10s %8s\n", width, "", "questions", "MRR",
           "Hits@1", "Hits@3", "Hits@10", "MR", "AMRI");
    for (int i = 0; i < 3; i++) {
        const cJSON *set = cJSON_GetObjectItem(result, sets[i]);
        if (!set) continue;
        print_row(width, "", sets[i], set);
        print_row(width, "  ", "tails", cJSON_GetObjectItem(set, "tail"));
        print_row(width, "  ", "heads", cJSON_GetObjectItem(set, "head"));
        cJSON_ArrayForEach(group, cJSON_GetObjectItem(set, "by"))
            print_row(width, "  ", group->string, group);
    }
}

/* ---- groups of triples ---- */

/* Relations, or kinds of them. */
typedef struct groups {
    int32_t n;
    int32_t *of; /* (triples) */
    const char **names;
    emb_evaluation *evaluations;
} groups;

static void clear_groups(groups *g) {
    free(g->of);
    free(g->names);
    free(g->evaluations);
}

static gnn_status make_groups(const cli_triples *t, const gnn_triples *ranked, cli_by by,
                              groups *g) {
    static const char *const kinds[] = {"1-1", "1-N", "N-1", "N-N"};
    gnn_status status = GNN_OK;
    int64_t n_relations = gnn_names_count(t->sets.relations);
    *g = (groups){.n = by == CLI_BY_KIND ? 4 : (int32_t)n_relations};
    int32_t *kind = cli_alloc((size_t)n_relations, sizeof *kind);
    g->of = cli_alloc((size_t)ranked->n, sizeof *g->of);
    g->names = cli_alloc((size_t)g->n, sizeof *g->names);
    g->evaluations = cli_alloc((size_t)g->n, sizeof *g->evaluations);
    /* what a relation is like shows in the training triples */
    if (by == CLI_BY_KIND) GNN_TRY(emb_relation_kinds(n_relations, &t->sets.train, kind));
    for (int64_t i = 0; i < ranked->n; i++)
        g->of[i] = by == CLI_BY_KIND ? kind[ranked->relation[i]] : ranked->relation[i];
    for (int32_t i = 0; i < g->n; i++)
        g->names[i] =
            by == CLI_BY_KIND ? kinds[i] : gnn_names_get(t->sets.relations, i, NULL);
cleanup:
    free(kind);
    return status;
}

static cJSON *protocol_json(const cli_ranking *ranking, int n_known, uint64_t hash) {
    char text[32];
    cJSON *protocol = cli_json(cJSON_CreateObject());
    cli_json_text(protocol, "filter",
                  n_known == 0   ? "none"
                  : n_known == 3 ? "train valid test"
                                 : "train valid");
    cli_json_text(protocol, "ties", cli_ties_name(ranking->ties));
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    cli_json_text(protocol, "triples", text);
    return protocol;
}

gnn_status cli_rank(const emb_model *model, const cli_triples *t, const char *name,
                    const cli_ranking *ranking, cli_progress *progress, cJSON *result) {
    gnn_status status = GNN_OK;
    const int place = strcmp(name, "train") == 0 ? 0 : strcmp(name, "valid") == 0 ? 1 : 2;
    const gnn_triples *known[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    const gnn_triples *ranked = known[place];
    groups g = {0};
    emb_evaluation e;
    /* validation knows nothing of the test triples */
    emb_evaluate_options options = {.ties = ranking->ties,
                                    .n_known = ranking->raw ? 0
                                               : place == 2 ? 3
                                                            : 2,
                                    .known = known,
                                    .n_threads = ranking->n_threads,
                                    .progress = cli_progress_callback,
                                    .user = progress};
    if (ranking->by != CLI_BY_NOTHING) {
        GNN_TRY(make_groups(t, ranked, ranking->by, &g));
        options.group = g.of;
        options.n_groups = g.n;
        options.groups = g.evaluations;
    }
    double start = cli_now();
    status = emb_evaluate(model, ranked, &options, NULL, &e);
    cli_progress_end(progress);
    if (status != GNN_OK) goto cleanup;
    cJSON *set = evaluation_json(&e);
    cli_json_number(set, "seconds", cli_now() - start);
    cli_json_add(set, "protocol",
                 protocol_json(ranking, options.n_known, t->hash[place]));
    if (g.n > 0) {
        cJSON *by = cli_json(cJSON_CreateObject());
        for (int32_t i = 0; i < g.n; i++)
            if (g.evaluations[i].both.n > 0)
                cli_json_add(by, g.names[i], evaluation_json(&g.evaluations[i]));
        cli_json_add(set, "by", by);
    }
    cli_json_add(result, name, set);
cleanup:
    clear_groups(&g);
    return status;
}

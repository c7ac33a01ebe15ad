/* gnn list: the registries, a line each. */
#include <stdlib.h>
#include <string.h>

#include <datasets/generate.h>
#include <embed/embed.h>
#include <gnn/train.h>

#include "export.h"
#include "options.h"

/* A line: the name, padded to a common width, and its help. */
static void print_row(const char *name, const char *help) {
    printf("%-19s %s\n", name, help);
}

static void list_layers(void) {
    for (size_t i = 0; i < gnn_layer_count(); i++)
        print_row(gnn_layer_get(i)->name, gnn_layer_get(i)->help);
}

/* A layer's name is the model that stacks it, unless a model has that name. */
static void list_models(void) {
    for (size_t i = 0; i < gnn_model_count(); i++)
        print_row(gnn_model_get(i)->name, gnn_model_get(i)->help);
    for (size_t i = 0; i < gnn_layer_count(); i++) {
        const gnn_layer_info *layer = gnn_layer_get(i);
        bool is_model = false;
        for (size_t k = 0; k < gnn_model_count(); k++)
            is_model = is_model || strcmp(gnn_model_get(k)->name, layer->name) == 0;
        if (!is_model) print_row(layer->name, layer->help);
    }
}

static void list_ops(void) {
    for (size_t i = 0; i < gnn_op_count(); i++) {
        gnn_op_info op = gnn_op_get(i);
        print_row(op.name, op.formula);
    }
}

static void list_formats(void) {
    size_t n;
    const data_format *const *formats = data_formats(&n);
    for (size_t i = 0; i < n; i++) {
        char *help = cli_copy(formats[i]->help), *endings = NULL;
        for (const char *word = formats[i]->extensions; *word;
             word += strspn(word, " ")) {
            int length = (int)strcspn(word, " ");
            cli_append(&endings, ", ", ".%.*s", length, word);
            word += length;
        }
        if (endings) cli_append(&help, " ", "(%s)", endings);
        print_row(formats[i]->name, help);
        free(help);
        free(endings);
    }
}

static void list_generators(void) {
    size_t n;
    const data_generator *const *generators = data_generators(&n);
    for (size_t i = 0; i < n; i++) {
        char *help = cli_text("%s [%s]", generators[i]->help, generators[i]->parameters);
        print_row(generators[i]->name, help);
        free(help);
    }
}

/* The words of a blank-separated list, each with what `help` tells of it. */
typedef struct told {
    const char *name, *help;
} told;

static void list_words(const char *words, size_t n, const told *help) {
    while (*words) {
        size_t length = strcspn(words, " ");
        char *name = strndup(words, length);
        const char *text = "";
        for (size_t i = 0; name && i < n; i++)
            if (strcmp(help[i].name, name) == 0) text = help[i].help;
        print_row(name ? name : "", text);
        free(name);
        words += length + (words[length] == ' ');
    }
}
#define LIST_WORDS(words, help) list_words((words), sizeof(help) / sizeof *(help), (help))

/* The choices of an option of a table. */
static const char *choices_of(const gnn_option *table, const char *name) {
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0 && table->choices) return table->choices;
    return "";
}

static void list_scorers(void) {
    for (size_t i = 0; i < emb_scorer_count(); i++)
        print_row(emb_scorer_get(i)->name, emb_scorer_get(i)->help);
}

static void list_losses(void) {
    static const told help[] = {
        {"softmax", "cross-entropy over all entities [Lacroix et al. 2018]"},
        {"bce", "each entity true or false by itself"},
        {"sampled-softmax", "cross-entropy over the answer and its negatives"},
        {"logistic", "the answer true, negatives false"},
        {"margin", "the answer leads every negative by a margin [Bordes et al. 2013]"},
        {"self-adversarial", "negatives weighed by their scores [Sun et al. 2019]"},
    };
    LIST_WORDS(choices_of(emb_train_option_table(), "loss"), help);
}

static void list_optimizers(void) {
    static const told train[] = {
        {"adam",
         "gnn train: moments of gradients with bias correction [Kingma & Ba 2015]"},
        {"adamw",
         "gnn train: Adam with decoupled weight decay [Loshchilov & Hutter 2019]"},
        {"sgd", "gnn train: stochastic gradient descent with momentum"},
    };
    static const told embed[] = {
        {"adagrad", "gnn embed: gradients over the root of the sum of their squares "
                    "[Duchi et al. 2011]"},
        {"row-adagrad", "gnn embed: the same with one number a row"},
        {"adam", "gnn embed: Adam of the rows that a step touches; others rest"},
        {"sgd", "gnn embed: stochastic gradient descent, without momentum"},
    };
    LIST_WORDS(choices_of(gnn_optimizer_option_table(), "optimizer"), train);
    LIST_WORDS(choices_of(emb_train_option_table(), "optimizer"), embed);
}

static void list_schedules(void) {
    static const told help[] = {
        {"constant", "the same learning rate throughout"},
        {"step", "times schedule-factor every schedule-every epochs"},
        {"cosine", "half a cosine down to schedule-last [Loshchilov & Hutter 2017]"},
        {"plateau", "times schedule-factor after schedule-every epochs without a better "
                    "validation loss; gnn embed: without a better MRR"},
    };
    /* gnn embed knows the same */
    LIST_WORDS(choices_of(gnn_train_option_table(), "schedule"), help);
}

static void list_metrics(void) {
    static const told help[] = {
        {"loss", "cross-entropy, binary cross-entropy or mean squared error"},
        {"accuracy", "share of right predictions; multilabel: of single decisions"},
        {"macro_f1", "F1 score, mean over classes"},
        {"micro_f1", "F1 score of all decisions together"},
        {"roc_auc",
         "area under the ROC curve; several classes: mean, one against the rest"},
        {"average_precision", "area under the precision-recall curve, as a step sum"},
        {"rmse", "root of the mean squared error"},
        {"mae", "mean absolute error"},
    };
    LIST_WORDS(gnn_metric_names, help);
}

static void list_exports(void) {
    for (size_t i = 0; i < cli_n_exporters; i++)
        print_row(cli_exporters[i].name, cli_exporters[i].help);
}

static const struct {
    const char *name;
    void (*list)(void);
} registries[] = {
    {"layers", list_layers},
    {"models", list_models},
    {"ops", list_ops},
    {"scorers", list_scorers},
    {"losses", list_losses},
    {"optimizers", list_optimizers},
    {"schedules", list_schedules},
    {"metrics", list_metrics},
    {"formats", list_formats},
    {"generators", list_generators},
    {"exports", list_exports},
};
enum { N_REGISTRIES = sizeof registries / sizeof *registries };

int cli_list(int argc, char **argv) {
    const char *what = NULL;
    char *names = NULL;
    for (size_t i = 0; i < N_REGISTRIES; i++)
        cli_append(&names, ", ", "%s", registries[i].name);
    char *help =
        cli_text("Show what there is by name, a line each with its source: %s.", names);
    cli_grammar grammar = {.arguments = "WHAT",
                           .help = help,
                           .least = 1,
                           .most = 1,
                           .words = &what,
                           .more = "Example:\n  gnn list models"};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        const char *known[N_REGISTRIES];
        size_t place = N_REGISTRIES;
        for (size_t i = 0; i < N_REGISTRIES; i++) {
            known[i] = registries[i].name;
            if (strcmp(what, known[i]) == 0) place = i;
        }
        if (place < N_REGISTRIES)
            registries[place].list();
        else
            status = cli_unknown("list", what, N_REGISTRIES, known);
    }
    free(help);
    free(names);
    return cli_end(status);
}

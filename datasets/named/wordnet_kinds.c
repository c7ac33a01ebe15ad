/* WordNet's lexicographer files and pointer symbols. */
#include "named/wordnet_kinds.h"

#include <stddef.h>

const char *const data_i_wordnet_classes[DATA_I_WORDNET_CLASSES] = {
    "adj.all",          "adj.pert",           "adv.all",
    "noun.Tops",        "noun.act",           "noun.animal",
    "noun.artifact",    "noun.attribute",     "noun.body",
    "noun.cognition",   "noun.communication", "noun.event",
    "noun.feeling",     "noun.food",          "noun.group",
    "noun.location",    "noun.motive",        "noun.object",
    "noun.person",      "noun.phenomenon",    "noun.plant",
    "noun.possession",  "noun.process",       "noun.quantity",
    "noun.relation",    "noun.shape",         "noun.state",
    "noun.substance",   "noun.time",          "verb.body",
    "verb.change",      "verb.cognition",     "verb.communication",
    "verb.competition", "verb.consumption",   "verb.contact",
    "verb.creation",    "verb.emotion",       "verb.motion",
    "verb.perception",  "verb.possession",    "verb.social",
    "verb.stative",     "verb.weather",       "adj.ppl",
};

const data_i_wordnet_kind data_i_wordnet_kinds[DATA_I_WORDNET_KINDS] = {
    {"@", "hypernym", 1, "hypernym"},
    {"~", "hyponym", 0, NULL},
    {"@i", "instance hypernym", 3, "instance_hypernym"},
    {"~i", "instance hyponym", 2, NULL},
    {"#m", "member holonym", 5, NULL},
    {"%m", "member meronym", 4, "member_meronym"},
    {"#s", "substance holonym", 7, NULL},
    {"%s", "substance meronym", 6, "substance_meronym"},
    {"#p", "part holonym", 9, NULL},
    {"%p", "part meronym", 8, "part_meronym"},
    {";c", "topic", 11, "domain_topic"},
    {"-c", "member of topic", 10, NULL},
    {";r", "region", 13, "domain_region"},
    {"-r", "member of region", 12, NULL},
    {";u", "usage", 15, "domain_usage"},
    {"-u", "member of usage", 14, NULL},
    {"!", "antonym", 16, "antonym"},
    {"=", "attribute", 17, "attribute"},
    {"+", "derivation", 18, "derivationally_related_form"},
    {"^", "also see", 19, "also_see"},
    {"$", "verb group", 20, "verb_group"},
    {"&", "similar to", 21, "similar_to"},
    {"*", "entailment", 23, "entailment"},
    {"", "entailed by", 22, NULL},
    {">", "cause", 25, "cause"},
    {"", "caused by", 24, NULL},
    {"<", "participle of", 27, "participle_of"},
    {"", "has participle", 26, NULL},
    {"\\", "pertainym", 29, "pertainym"},
    {"", "has pertaining", 28, NULL},
};

int data_i_wordnet_kind_of(data_i_field symbol) {
    for (int i = 0; symbol.length > 0 && i < DATA_I_WORDNET_KINDS; i++)
        if (data_i_field_is(symbol, data_i_wordnet_kinds[i].symbol)) return i;
    return -1;
}

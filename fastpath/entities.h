/* The character references of HTML (WHATWG, HTML, 13.5) that `normalize escapes` knows by name: those of ASCII signs,
 * and of what is used to break words apart. Names are without `&` and `;`. */

#include <stdint.h>
#include <stddef.h>

typedef struct {
    const char *name;
    uint32_t code;
} entity;

#define LONGEST_ENTITY 14

static const entity ENTITIES[] = {
    {"AMP", '&'}, {"GT", '>'}, {"Hat", '^'}, {"LT", '<'}, {"NewLine", '\n'}, {"QUOT", '"'}, {"Tab", '\t'},
    {"ZeroWidthSpace", 0x200B}, {"amp", '&'}, {"apos", '\''}, {"ast", '*'}, {"bsol", '\\'}, {"colon", ':'},
    {"comma", ','}, {"commat", '@'}, {"dollar", '$'}, {"emsp", 0x2003}, {"ensp", 0x2002}, {"equals", '='},
    {"excl", '!'}, {"grave", '`'}, {"gt", '>'}, {"lbrace", '{'}, {"lbrack", '['}, {"lcub", '{'}, {"lowbar", '_'},
    {"lpar", '('}, {"lrm", 0x200E}, {"lsqb", '['}, {"lt", '<'}, {"nbsp", 0xA0}, {"num", '#'}, {"percnt", '%'},
    {"period", '.'}, {"plus", '+'}, {"quest", '?'}, {"quot", '"'}, {"rbrace", '}'}, {"rbrack", ']'}, {"rcub", '}'},
    {"rlm", 0x200F}, {"rpar", ')'}, {"rsqb", ']'}, {"semi", ';'}, {"shy", 0xAD}, {"sol", '/'}, {"thinsp", 0x2009},
    {"verbar", '|'}, {"vert", '|'}, {"zwj", 0x200D}, {"zwnj", 0x200C},
};

/* The code point of a name, or 0. */
static inline uint32_t entity_named(const char *name, size_t length)
{
    size_t i, k;
    for (i = 0; i < sizeof ENTITIES / sizeof *ENTITIES; i++) {
        for (k = 0; k < length && ENTITIES[i].name[k] == name[k]; k++)
            ;
        if (k == length && ENTITIES[i].name[k] == 0)
            return ENTITIES[i].code;
    }
    return 0;
}

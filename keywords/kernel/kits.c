/* Kits: harmless parts that make a banned device when they are offered together; see `kits.py`. */

#include "kernel.h"

#define MOST_PARTS 128 /* of one kit in a text that is judged here */

/* Places of one kit's parts; their numbers are kinds. */
typedef struct {
    Place all[MOST_PARTS];
    int64_t count, first, after; /* the stretch that is complete: [first, after) */
} Parts;

static int is_before(Place a, Place b) {
    if (a.start != b.start) return a.start < b.start;
    return a.end != b.end ? a.end < b.end : (a.number & 63) < (b.number & 63);
}

/* Gather the parts of a kit in text order; 0: there are too many. */
static int gather(const Case *c, int64_t kit, Parts *parts) {
    const Tables *t = c->t;
    parts->count = 0;
    for (int64_t at = 0; at < c->seen->found_count; at++) {
        Place p = c->seen->found[at];
        int32_t pattern = t->word[p.number].pattern;
        for (int64_t role = t->parts[pattern]; role < t->parts[pattern + 1]; role++) {
            int64_t to = parts->count;
            if (t->roles[role] >> 8 != kit) continue;
            if (parts->count++ == MOST_PARTS) return 0;
            p.number = t->roles[role] & 255;
            for (; to && is_before(p, parts->all[to - 1]); to--) parts->all[to] = parts->all[to - 1];
            parts->all[to] = p;
        }
    }
    return 1;
}

static int kinds(const Parts *parts, int64_t first, int64_t after) {
    uint64_t bits = 0;
    int count = 0;
    for (; first < after; first++) bits |= (uint64_t)1 << (parts->all[first].number & 63);
    for (; bits; bits &= bits - 1) count++;
    return count;
}

/* Find the first stretch of parts that is complete; 0: there is none. */
static int find_closest(const Case *c, int64_t kit, Parts *parts) {
    for (parts->first = 0, parts->after = 1; parts->after <= parts->count; parts->after++) {
        const Place *last = parts->all + parts->after - 1;
        while (parts->all + parts->first < last && last->end - parts->all[parts->first].start > c->r->kits[kit].within) parts->first++;
        if (kinds(parts, parts->first, parts->after) >= c->t->at_least[kit]) return 1;
    }
    return 0;
}

static int is_excluded(const Case *c, const Kit *kit, const Parts *parts) {
    int64_t low = at_least(parts->all[parts->first].start - kit->within, 0);
    int64_t high = at_most(parts->all[parts->after - 1].end + kit->within, c->f->size);
    return wd_holds(c->r->lists + NEAR_WORDS, kit->near, kit->near_end, c->f->codes + low, high - low);
}

/* Tell whether a kit's parts stand close together, or `UNSURE`. */
static int is_complete(const Case *c, int64_t kit, Parts *parts) {
    if (!gather(c, kit, parts)) return UNSURE;
    return parts->count >= c->t->at_least[kit] && find_closest(c, kit, parts) && !is_excluded(c, c->r->kits + kit, parts);
}

/* Tell whether any kit is complete, or `UNSURE`. */
int wd_are_complete(const Case *c) {
    Parts parts;
    int any = 0;
    for (int64_t kit = 0; kit < c->t->kits && any != UNSURE; kit++) {
        int found = is_complete(c, kit, &parts);
        if (found) any = found;
    }
    return any;
}

/* Return bits of the groups that are said by more than the parts: 12v is one, and does not say what for. */
static int64_t said_beside(const Case *c, const Parts *parts) {
    int64_t said = c->seen->offered ? (int64_t)1 << c->r->sets[G_OFFERED] : 0;
    for (int64_t at = 0; at < c->seen->nearby_count; at++) {
        const Context *cue = c->seen->nearby + at;
        int own = 0;
        for (int64_t by = parts->first; by < parts->after; by++)
            own |= parts->all[by].start == cue->start && parts->all[by].end == cue->end;
        said |= own ? 0 : cue->groups;
    }
    return said;
}

/* Add the parts of the complete kits of which the context says what they are for; 0: the twins are to be asked. */
int wd_add_kits(Case *c) {
    Parts parts;
    for (int64_t number = 0; number < c->t->kits; number++) {
        const Kit *kit = c->r->kits + number;
        int found = is_complete(c, number, &parts);
        if (found == UNSURE) return 0;
        if (!found || (kit->requires && !(kit->requires & said_beside(c, &parts)))) continue;
        for (int64_t at = parts.first; at < parts.after; at++) {
            Meaning meaning = {kit->entry, KIT, 0, (parts.all[at].number & BANNED) != 0, 0};
            if (!wd_add(c, parts.all[at], meaning, 0, 0)) return 0;
        }
    }
    return 1;
}

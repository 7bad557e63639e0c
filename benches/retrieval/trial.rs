//! Scratch: rank modes.
use crate::Prepared;
use crate::legs::{self, Score};
use madoguchi::passages::{LegHit, PassageId};
use std::collections::HashMap;

#[derive(Clone, Copy, Debug)]
pub enum Mode {
    Dense,
    Min,
    Mid,
    Max,
    ById,
    ByDense,
}

fn ranks(hits: &[LegHit], mode: Mode, dense: &HashMap<PassageId, f32>) -> Vec<(PassageId, f32)> {
    let mut order: Vec<&LegHit> = hits.iter().filter(|h| h.score > 1e-6).collect();
    if let Mode::ByDense = mode {
        let q = |s: f32| (s * 1e5).round();
        order.sort_by(|a, b| {
            q(b.score)
                .total_cmp(&q(a.score))
                .then(dense.get(&b.passage.id).unwrap_or(&-1.0).total_cmp(dense.get(&a.passage.id).unwrap_or(&-1.0)))
                .then(a.passage.id.cmp(&b.passage.id))
        });
        return order.iter().enumerate().map(|(n, h)| (h.passage.id, n as f32 + 1.0)).collect();
    }
    let mut out = Vec::new();
    let mut i = 0;
    let mut group = 0;
    while i < order.len() {
        let mut j = i;
        while j + 1 < order.len() && (order[j + 1].score - order[i].score).abs() < 1e-6 {
            j += 1;
        }
        group += 1;
        for n in i..=j {
            let rank = match mode {
                Mode::Dense => group as f32,
                Mode::Min => i as f32 + 1.0,
                Mode::Mid => (i + j) as f32 / 2.0 + 1.0,
                Mode::Max => j as f32 + 1.0,
                _ => n as f32 + 1.0,
            };
            out.push((order[n].passage.id, rank));
        }
        i = j + 1;
    }
    out
}

pub fn run(sets: &[Prepared]) {
    for told in [false, true] {
        for (name, mode) in [("mid", Mode::Mid), ("max", Mode::Max)] {
            for k in [10.0, 15.0, 20.0, 30.0, 40.0, 60.0] {
                for (wd, wq, wl) in [
                    (1.0, 1.0, 1.0),
                    (1.0, 0.5, 1.0),
                    (1.0, 0.75, 0.75),
                    (1.0, 0.5, 0.75),
                    (1.0, 1.25, 1.25),
                    (1.0, 1.0, 1.25),
                    (1.0, 1.25, 1.0),
                    (1.0, 0.75, 1.0),
                ] {
                    let scores: Vec<Score> = sets
                        .iter()
                        .map(|p| {
                            let q = if told { p.told.as_ref() } else { p.asked.as_ref() };
                            legs::score(&p.set, |n| {
                                let dense: HashMap<_, _> = p.dense[n].iter().map(|h| (h.passage.id, h.score)).collect();
                                let mut sum: HashMap<PassageId, f32> = HashMap::new();
                                for (w, hits) in [(wd, Some(&p.dense)), (wq, q), (wl, Some(&p.lexical))] {
                                    let Some(hits) = hits else { continue };
                                    for (id, rank) in ranks(&hits[n], mode, &dense) {
                                        *sum.entry(id).or_default() += w / (k + rank);
                                    }
                                }
                                let mut list: Vec<_> = sum.into_iter().collect();
                                list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                                let by_id: HashMap<_, _> = p.passages.iter().map(|x| (x.id, x)).collect();
                                legs::units(list.iter().map(|(id, _)| by_id[id]))
                            })
                        })
                        .collect();
                    let m = Score::mean(&scores);
                    let cells: Vec<String> = scores.iter().map(|s| format!("{:.3}", s.ndcg10)).collect();
                    println!(
                        "TRIAL {} {name} k={k} {wd}:{wq}:{wl} | {} | ndcg {:.4} hit1 {:.4} r10 {:.4}",
                        if told { "told" } else { "asked" },
                        cells.join(" "),
                        m.ndcg10,
                        m.hit1,
                        m.recall10
                    );
                }
            }
        }
    }
}

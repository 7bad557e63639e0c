use super::*;

/// Vectors in a few dimensions, with the large common component that embeddings have.
fn vector(numbers: [f32; 3]) -> Vector {
    let mut all = vec![5.0, 5.0];
    all.extend(numbers);
    Vector::normalised(all)
}

fn policies() -> Policies {
    Policies::read(
        r#"
        version = 1
        [desk.d]
        name.en = "d"
        does.en = "d"
        [[policy]]
        code = "red"
        desk = "d"
        priority = 5
        understood.en = "red"
        exemplars.en = { positive = ["r1", "r2", "both"], negative = ["n1", "n2"] }
        [[policy]]
        code = "green"
        desk = "d"
        priority = 6
        understood.en = "green"
        exemplars.en = { positive = ["g1", "g2", "both"] }
        [[policy]]
        code = "empty"
        desk = "d"
        priority = 7
        understood.en = "empty"
        "#,
    )
    .unwrap()
}

fn vectors() -> HashMap<String, Vector> {
    [
        ("r1", [1.0, 0.0, 0.1]),
        ("r2", [0.9, 0.1, 0.0]),
        ("both", [0.8, 0.8, 0.0]),
        ("g1", [0.0, 1.0, 0.1]),
        ("g2", [0.1, 0.9, 0.0]),
        ("n1", [0.0, 0.0, 1.0]),
        ("n2", [0.1, 0.1, 0.9]),
    ]
    .into_iter()
    .map(|(text, numbers)| (text.to_owned(), vector(numbers)))
    .collect()
}

fn trained(method: Method) -> Classifier {
    Classifier::train(&policies(), &vectors(), method, |exemplar| !exemplar.core).unwrap()
}

const METHODS: [Method; 3] = [Method::Kernel, Method::Logistic, Method::Nearest];

fn number(code: &str) -> usize {
    policies().all().iter().position(|policy| policy.code.0 == code).unwrap()
}

fn probabilities(method: Method, numbers: [f32; 3]) -> Vec<f32> {
    let seen = trained(method).see(&[("?", &vector(numbers))]).unwrap().remove(0);
    ["red", "green", "empty"].map(|code| seen.probabilities[number(code)]).to_vec()
}

#[test]
fn all_methods_tell_policies_apart() {
    for method in [Method::Kernel, Method::Logistic, Method::Nearest] {
        let red = probabilities(method, [1.0, 0.05, 0.05]);
        assert!(red[0] > 0.5 && red[1] < 0.5 && red[2] == 0.0, "{method:?} {red:?}");
        let green = probabilities(method, [0.05, 1.0, 0.05]);
        assert!(green[0] < 0.5 && green[1] > 0.5, "{method:?} {green:?}");
        let neither = probabilities(method, [0.0, 0.0, 1.0]);
        assert!(neither[0] < 0.5 && neither[1] < 0.5, "{method:?} {neither:?}");
    }
}

#[test]
fn training_is_deterministic() {
    assert_eq!(probabilities(Method::Kernel, [0.5, 0.2, 0.3]), probabilities(Method::Kernel, [0.5, 0.2, 0.3]));
}

#[test]
fn what_was_learnt_from_the_same_is_not_learnt_again() {
    let taught = trained(Method::Kernel);
    let learnt = taught.learnt().unwrap();
    let again = |vectors: &HashMap<String, Vector>, learnt: &Learnt| {
        Classifier::recall(&policies(), vectors, Method::Kernel, |exemplar| !exemplar.core, Some(learnt)).unwrap()
    };
    let (recalled, was_known) = again(&vectors(), &learnt);
    assert!(was_known);
    let message = vector([0.5, 0.2, 0.3]);
    assert_eq!(recalled.see(&[("r", &message)]), taught.see(&[("r", &message)]));
    let mut others = vectors();
    others.insert("r1".to_owned(), vector([0.99, 0.0, 0.1]));
    assert!(!again(&others, &learnt).1, "of other vectors");
    assert!(!again(&vectors(), &Learnt::new(taught.from, vec![0.0; 3])).1, "of another size");
    assert!(trained(Method::Logistic).learnt().is_none());
}

/// If this fails because something else is learnt now, on purpose: count `FORM` in learnt.rs up, so that nobody recalls the old, and write
/// the new numbers here.
#[test]
fn what_is_learnt_is_of_a_known_form() {
    #[rustfmt::skip]
    let known = (1, [
        0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00,
        0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00,
        0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00,
        0.57, -0.01, -0.39, -0.15, -0.15, 0.32, -0.02,
        0.57, 0.32, -0.02, -0.15, -0.15, -0.01, -0.39,
        0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00,
        0.18, 0.19, -0.01, -0.26, -0.25, 0.19, -0.01,
    ]);
    let Model::Kernel(kernel) = &trained(Method::Kernel).model else { panic!("no kernel") };
    assert_eq!((learnt::FORM, kernel.plain.len()), (known.0, known.1.len()));
    for (at, (pull, known)) in kernel.plain.iter().zip(known.1).enumerate() {
        assert!((pull - known).abs() < 0.02, "{at}: {pull}, not {known}");
    }
}

#[test]
fn leaving_an_exemplar_out_makes_it_less_sure() {
    for method in METHODS {
        let classifier = trained(method);
        let left_out = classifier.left_out();
        assert_eq!(left_out.len(), 7);
        let red = number("red");
        for one in left_out.iter().filter(|one| one.positive.contains(&red)) {
            assert!(one.unknown[red] < one.known[red], "{method:?} {one:?}");
        }
    }
}

#[test]
fn a_missing_or_odd_vector_is_named() {
    let mut some = vectors();
    some.insert("r1".to_owned(), Vector::normalised(vec![1.0]));
    let found = Classifier::train(&policies(), &some, Method::Logistic, |exemplar| !exemplar.core);
    assert!(found.is_err());
    let classifier = trained(Method::Kernel);
    for odd in [vec![], vec![1.0], vec![0.0; 5]] {
        assert!(classifier.see(&[("?", &Vector::normalised(odd))]).is_none());
    }
    let seen = classifier.see(&[("?", &vector([1.0, 0.0, 0.1])), ("?", &vector([0.0, 1.0, 0.1]))]).unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!(classifier.nearest(&seen[0])[0].text, "r1");
    assert_eq!(classifier.nearest(&seen[1])[0].text, "g1");
}

#[test]
fn sums_in_lanes_are_sums() {
    for length in [0, 1, 7, 8, 9, 384, 385] {
        let a: Vec<f32> = (0..length).map(|n| n as f32 * 0.01).collect();
        let plain: f32 = a.iter().map(|x| x * x).sum();
        assert!((dot(&a, &a) - plain).abs() <= plain * 1e-5);
    }
}

use super::*;
use crate::llm::local::packed::Weights;

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// erf by its series, in f64.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200_u32 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn gelu_is_that_of_the_error_function() {
    let inputs: Vec<f32> = (-500..=500).map(|i| i as f32 / 100.0).chain([0.0, -0.0, 30.0, -30.0]).collect();
    let mut found = inputs.clone();
    gelu(&mut found);
    for (x, found) in inputs.iter().zip(found) {
        let x = f64::from(*x);
        let expected = if x.abs() > 6.0 { x.max(0.0) } else { 0.5 * x * (1.0 + erf(x / 2.0_f64.sqrt())) };
        assert!((f64::from(found) - expected).abs() < 2e-6, "gelu({x}) = {found}, expected {expected}");
    }
}

#[test]
fn soft_max_sums_to_one_and_hides_padding() {
    let stride = 64;
    let mut rows = numbers(3 * stride, 1);
    rows.iter_mut().for_each(|value| *value *= 40.0);
    let inputs = rows.clone();
    let mut factors = Vec::new();
    soft_max(&mut rows, stride, 37, &mut factors);
    for ((row, input), factor) in rows.chunks(stride).zip(inputs.chunks(stride)).zip(factors) {
        let total: f64 = input[..37].iter().map(|x| f64::from(*x).exp()).sum();
        for (found, x) in row.iter().zip(input).take(37) {
            assert!((f64::from(found * factor) - f64::from(*x).exp() / total).abs() < 1e-6);
        }
        assert!(row[37..].iter().all(|value| *value < 1e-30));
    }
}

#[test]
fn layer_norm_is_by_the_book() {
    for width in [1, 7, 16, 37, 64] {
        let (weight, bias) = (numbers(width, 2), numbers(width, 3));
        let (mut x, y) = (numbers(3 * width, 4), numbers(3 * width, 5));
        let sums: Vec<f32> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        Norm { weight: weight.clone(), bias: bias.clone(), epsilon: 1e-5 }.add_and_normalise(&mut x, &y);
        for (found, sum) in x.chunks(width).zip(sums.chunks(width)) {
            let mean = sum.iter().sum::<f32>() / width as f32;
            let variance = sum.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / width as f32;
            for i in 0..width {
                let expected = (sum[i] - mean) / (variance + 1e-5).sqrt() * weight[i] + bias[i];
                assert!((found[i] - expected).abs() < 1e-4, "width {width}: {} and {expected}", found[i]);
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn products_are_products(rows in 1_usize..20, inputs in 1_usize..70, outputs in 1_usize..150, seed: u32) {
        let a = numbers(rows * inputs, seed);
        let weight = numbers(outputs * inputs, seed ^ 1);
        let bias = numbers(outputs, seed ^ 2);
        let expect = |r: usize, c: usize| {
            let terms = (0..inputs).map(|i| f64::from(a[r * inputs + i]) * f64::from(weight[c * inputs + i]));
            terms.sum::<f64>() + f64::from(bias[c])
        };
        let packed = Packed::weights(&Weights::Plain(weight.clone()), inputs);
        let mut out = vec![f32::NAN; rows * outputs];
        let panels = 0..packed.panels();
        let (a, bias) = (a.as_slice(), bias.as_slice());
        Product { a, a_stride: inputs, rows, b: &packed, panels, out: &mut out, out_stride: outputs, bias }.run();
        for (at, found) in out.iter().enumerate() {
            let expected = expect(at / outputs, at % outputs);
            proptest::prop_assert!((f64::from(*found) - expected).abs() < 1e-4, "{} and {}", found, expected);
        }
        // The last panel alone says the same.
        let last = packed.panels() - 1..packed.panels();
        let columns = packed.columns_in(&last);
        let mut part = vec![f32::NAN; rows * columns.len()];
        let out_stride = columns.len();
        Product { a, a_stride: inputs, rows, b: &packed, panels: last, out: &mut part, out_stride, bias }.run();
        for (row, part) in out.chunks(outputs).zip(part.chunks(columns.len())) {
            proptest::prop_assert_eq!(&row[columns.clone()], part);
        }
    }

    #[test]
    fn four_bit_weights_are_the_same_numbers(rows in 1_usize..8, blocks in 1_usize..5, outputs in 1_usize..140, seed: u32) {
        let inputs = 32 * blocks;
        let mut bytes: Vec<u8> = numbers(outputs * blocks * 18, seed).iter().map(|n| (n * 128.0) as i8 as u8).collect();
        for (block, factor) in bytes.chunks_exact_mut(18).zip(numbers(outputs * blocks, seed ^ 3)) {
            block[..2].copy_from_slice(&half::f16::from_f32(factor).to_le_bytes());
        }
        // candle reads the same format: it is the judge of the numbers.
        use candle_core::quantized::{GgmlDType, ggml_file::qtensor_from_ggml};
        let cpu = candle_core::Device::Cpu;
        let judge = qtensor_from_ggml(GgmlDType::Q4_0, &bytes, vec![outputs, inputs], &cpu).unwrap();
        let expected: Vec<f32> = judge.dequantize(&cpu).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let weights = Weights::from_q4_0(&bytes);
        proptest::prop_assert_eq!(&weights.clone().plain(), &expected);

        let a = numbers(rows * inputs, seed ^ 4);
        let product = |weights: &Weights| {
            let b = Packed::weights(weights, inputs);
            let mut out = vec![f32::NAN; rows * outputs];
            let panels = 0..b.panels();
            Product { a: &a, a_stride: inputs, rows, b: &b, panels, out: &mut out, out_stride: outputs, bias: &[] }.run();
            out
        };
        proptest::prop_assert_eq!(product(&weights), product(&Weights::Plain(expected)));
    }
}

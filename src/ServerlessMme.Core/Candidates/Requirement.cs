using System.Globalization;
using System.Text.RegularExpressions;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Candidates;

/// <summary>A condition that a candidate must meet, such as <c>accuracy&gt;=0.95</c>.</summary>
/// <param name="Metric">One of <see cref="Metrics"/>.</param>
/// <param name="Bound">0 to 1; −1 to 1 for <c>gain</c>.</param>
public sealed partial record Requirement(string Metric, string Comparator, double Bound)
{
    private const string Accuracy = "accuracy";
    private const string Gain = "gain";
    private const string Agreement = "agreement";
    private const string Unsure = "unsure";
    private const string Refused = "refused";
    private const string Known = "known";

    /// <summary>
    /// The metrics that can be required. Each is a share of images, except <c>known</c>, the number of images whose
    /// correct label is known, and <c>gain</c>, the accuracy minus the published model's.
    /// </summary>
    public static readonly IReadOnlyList<string> Metrics = [Accuracy, Gain, Known, Agreement, Unsure, Refused];

    /// <summary>Parses comma-separated conditions. Returns null and sets the problem for any other text.</summary>
    public static IReadOnlyList<Requirement>? Parse(string text, out string? problem)
    {
        var requirements = new List<Requirement>();
        foreach (var part in text.Split(','))
        {
            var match = Form().Match(part);
            var metric = match.Groups["metric"].Value;
            if (!match.Success)
            {
                problem = $"'{Printable.Text(part.Trim(), 60)}' is not a condition. Write conditions such as "
                    + "accuracy>=0.95,agreement>=0.9, with a point as the decimal separator.";
                return null;
            }

            if (!Metrics.Contains(metric))
            {
                var nearest = Nearest.Of(metric, Metrics) is { } near ? $" Did you mean '{near}'?" : "";
                problem = $"'{Printable.Text(metric, 40)}' is not a known metric.{nearest} The known metrics are "
                    + $"{string.Join(", ", Metrics)}.";
                return null;
            }

            var (least, most) = (metric == Gain ? -1 : 0, metric == Known ? int.MaxValue : 1);
            if (!double.TryParse(match.Groups["bound"].Value, NumberStyles.Float, Invariant, out var bound)
                || !(bound >= least && bound <= most))
            {
                problem = $"The bound of '{Printable.Text(part.Trim(), 60)}' must be "
                    + (metric == Known ? "a number of images." : $"a number from {least} to 1.");
                return null;
            }

            requirements.Add(new Requirement(metric, match.Groups["comparator"].Value, bound));
        }

        problem = null;
        return requirements;
    }

    /// <summary>
    /// Explains why the candidate doesn't meet the condition. Returns null if it does, or if the condition compares it
    /// with a published model and none is published.
    /// </summary>
    public string? FindFailure(Comparison comparison)
    {
        if (comparison.Before is null && Metric is (Agreement or Gain))
        {
            return null;
        }

        if (ValueIn(comparison) is not { } value)
        {
            return $"{this} cannot be checked because no image in the container has a correct label. 'mme truth "
                + "import' stores correct labels.";
        }

        var holds = Comparator switch
        {
            ">=" => value >= Bound,
            ">" => value > Bound,
            "<=" => value <= Bound,
            _ => value < Bound,
        };
        return holds ? null : string.Create(Invariant, $"{this} is required, but {Metric} is {value:0.######}.");
    }

    public override string ToString() => string.Create(Invariant, $"{Metric}{Comparator}{Bound}");

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private double? ValueIn(Comparison comparison) => Metric switch
    {
        Accuracy => comparison.Known?.After.Value,
        // Not the difference of two shares, which would add rounding errors.
        Gain => comparison.Known is { Before: { } before, After: var after }
            ? (double)(after.Hits - before.Hits) / after.Images
            : null,
        Known => comparison.Known?.After.Images ?? 0,
        Agreement => comparison.Agreement?.Value,
        Unsure => comparison.After.Unsure.Value,
        _ => comparison.After.Refused.Value,
    };

    [GeneratedRegex(@"\A\s*(?<metric>[^<>=\s]+)\s*(?<comparator>>=|<=|>|<)\s*(?<bound>[^<>=\s]+)\s*\z")]
    private static partial Regex Form();
}

using System.Globalization;
using System.Text.RegularExpressions;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Candidates;

/// <summary>A condition that a candidate must meet, as <c>accuracy&gt;=0.95</c>.</summary>
/// <param name="Metric">One of <see cref="Metrics"/>.</param>
/// <param name="Bound">0 to 1; −1 to 1 for <c>gain</c>.</param>
public sealed partial record Requirement(string Metric, string Comparator, double Bound)
{
    private const string Accuracy = "accuracy";
    private const string Gain = "gain";
    private const string Agreement = "agreement";
    private const string Unsure = "unsure";
    private const string Refused = "refused";

    /// <summary>What can be required: each is a share of images. <c>gain</c> is the accuracy above the published one's.</summary>
    public static readonly IReadOnlyList<string> Metrics = [Accuracy, Gain, Agreement, Unsure, Refused];

    /// <summary>Reads conditions that commas separate; the reason when the text is none.</summary>
    public static IReadOnlyList<Requirement>? Parse(string text, out string? problem)
    {
        var requirements = new List<Requirement>();
        foreach (var part in text.Split(','))
        {
            var match = Form().Match(part);
            var metric = match.Groups["metric"].Value;
            if (!match.Success)
            {
                problem = $"'{Printable.Text(part.Trim(), 60)}' is no condition. Write conditions such as "
                    + "accuracy>=0.95,agreement>=0.9.";
                return null;
            }

            if (!Metrics.Contains(metric))
            {
                var nearest = Nearest.Of(metric, Metrics) is { } near ? $" Did you mean '{near}'?" : "";
                problem = $"'{Printable.Text(metric, 40)}' cannot be required.{nearest} Known are "
                    + $"{string.Join(", ", Metrics)}.";
                return null;
            }

            var least = metric == Gain ? -1 : 0;
            if (!double.TryParse(match.Groups["bound"].Value, NumberStyles.Float, Invariant, out var bound)
                || !(bound >= least && bound <= 1))
            {
                problem = $"The bound of '{Printable.Text(part.Trim(), 60)}' must be a share from {least} to 1.";
                return null;
            }

            requirements.Add(new Requirement(metric, match.Groups["comparator"].Value, bound));
        }

        problem = null;
        return requirements;
    }

    /// <summary>Why the candidate doesn't meet the condition; null when it does.</summary>
    public string? FindFailure(Comparison comparison)
    {
        if (ValueIn(comparison) is not { } value)
        {
            return $"{this} cannot be checked: {Missing(comparison)}";
        }

        var holds = Comparator switch
        {
            ">=" => value >= Bound,
            ">" => value > Bound,
            "<=" => value <= Bound,
            _ => value < Bound,
        };
        return holds ? null : string.Create(Invariant, $"{this} is required, but {Metric} is {value:0.####}.");
    }

    public override string ToString() => string.Create(Invariant, $"{Metric}{Comparator}{Bound}");

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private double? ValueIn(Comparison comparison) => Metric switch
    {
        Accuracy => comparison.Known?.After.Value,
        Gain => comparison.Known is { Before: { } before, After: var after } ? after.Value - before.Value : null,
        Agreement => comparison.Agreement?.Value,
        Unsure => comparison.After.Unsure.Value,
        _ => comparison.After.Refused.Value,
    };

    private string Missing(Comparison comparison) => Metric is Accuracy or Gain && comparison.Known is null
        ? "no correct label of an image is known. 'mme truth import' stores them."
        : "no model is published under the name, so there is nothing to compare with.";

    [GeneratedRegex(@"\A\s*(?<metric>[^<>=\s]+)\s*(?<comparator>>=|<=|>|<)\s*(?<bound>[^<>=\s]+)\s*\z")]
    private static partial Regex Form();
}

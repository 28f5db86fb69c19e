using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Maps a pixel's values 0..255 to (v × scale − mean) / std.</summary>
/// <param name="Name">The value of <c>mme models init --range</c>.</param>
/// <param name="Text">The display name.</param>
/// <param name="Mean">Red, green, blue.</param>
/// <param name="Std">Red, green, blue.</param>
public sealed record ValueRange(string Name, string Text, double Scale, double[] Mean, double[] Std)
{
    private static readonly double[] Zero = [0, 0, 0];
    private static readonly double[] One = [1, 1, 1];

    public static ValueRange Raw { get; } = new("0-255", "0 to 255, as stored", 1, Zero, One);

    public static ValueRange Unit { get; } = new("0-1", "0 to 1", 1 / 255.0, Zero, One);

    public static ValueRange Signed { get; } = new("-1-1", "-1 to 1", 1 / 127.5, One, One);

    public static ValueRange ImageNet { get; } = new(
        "imagenet", "normalized with ImageNet's mean and standard deviation", 1 / 255.0, [0.485, 0.456, 0.406],
        [0.229, 0.224, 0.225]);

    public static ValueRange Caffe { get; } = new(
        "caffe", "0 to 255 minus ImageNet's mean", 1, [123.68, 116.779, 103.939], One);

    /// <summary>The ranges that published classifiers use.</summary>
    public static IReadOnlyList<ValueRange> All { get; } = [Unit, ImageNet, Signed, Raw, Caffe];

    /// <summary>Sets the draft's scale, mean and std, in the order of its channels.</summary>
    public void SetIn(Draft draft, string because, Certainty certainty)
    {
        var channels = draft.Find("input.channels")?.Value.GetValue<string>();
        draft.Set("input.scale", JsonValue.Create(Scale), because, certainty);
        draft.Set("input.mean", InOrder(Mean, channels), because, certainty);
        draft.Set("input.std", InOrder(Std, channels), because, certainty);
    }

    /// <summary>Returns the draft's range, in the order red, green, blue, or null if it has none.</summary>
    public static ValueRange? Of(Draft draft)
    {
        if (draft.Find("input.scale") is not { } scale || draft.Find("input.mean") is not { } mean
            || draft.Find("input.std") is not { } std)
        {
            return null;
        }

        var isBgr = draft.Find("input.channels")?.Value.GetValue<string>() == "BGR";
        return new ValueRange("", "", scale.Value.GetValue<double>(), Numbers(mean), Numbers(std));

        double[] Numbers(Finding finding)
        {
            var numbers = finding.Value.AsArray().Select(number => number!.GetValue<double>()).ToArray();
            return numbers.Length == 1 ? [numbers[0], numbers[0], numbers[0]] : isBgr ? [.. numbers.Reverse()] : numbers;
        }
    }

    /// <summary>Returns true if both map a pixel's values to the same numbers. Names don't matter.</summary>
    internal bool IsSameAs(ValueRange other) => Enumerable.Range(0, Std.Length).All(i =>
        IsNear(Scale / Std[i], other.Scale / other.Std[i]) && IsNear(Mean[i] / Std[i], other.Mean[i] / other.Std[i]));

    // The same range can be written in several ways, such as -1 to 1 with a scale of 1/127.5, or of 1/255 and halves.
    private static bool IsNear(double one, double other) =>
        Math.Abs(one - other) <= 1e-6 * Math.Max(Math.Abs(one), Math.Abs(other));

    /// <summary>Sets the draft's scale, mean and std for another order of channels, keeping their reasons.</summary>
    public void SetIn(Draft draft, string channels)
    {
        foreach (var (member, value) in new (string, JsonNode)[]
        {
            ("input.mean", InOrder(Mean, channels)), ("input.std", InOrder(Std, channels)),
        })
        {
            var finding = draft.Find(member)!;
            draft.Set(member, value, finding.Because, finding.Certainty);
        }
    }

    private static JsonArray InOrder(double[] numbers, string? channels) => new(
        [.. (channels switch
        {
            "grey" => [numbers.Average()],
            "BGR" => numbers.Reverse(),
            _ => numbers.AsEnumerable(),
        }).Select(number => JsonValue.Create(number))]);
}

using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>A draft with different preprocessing.</summary>
/// <param name="Text">The display name of its preprocessing.</param>
/// <param name="Rank">Breaks ties if several fit the images equally well: lower is more usual, 0 is the draft.</param>
public sealed record Variant(string Text, Draft Draft, int Rank);

/// <summary>The preprocessing variants worth trying on images.</summary>
public static class Variants
{
    /// <summary>The members that determine the range of pixel values.</summary>
    public static IReadOnlyList<string> RangeMembers { get; } =
        ["input.channels", "input.scale", "input.mean", "input.std"];

    /// <summary>The members that determine how an image is resized.</summary>
    public static IReadOnlyList<string> ResizeMembers { get; } =
        ["input.resize.mode", "input.resize.filter", "input.resize.side", "input.resize.offset", "input.resize.colour"];

    private const string Tried = "the best fit for the images";

    private static readonly ValueRange[] MostUsualFirst =
        [ValueRange.ImageNet, ValueRange.Unit, ValueRange.Signed, ValueRange.Raw, ValueRange.Caffe];

    private static readonly (string Mode, string Filter, string Text)[] Resizes =
    [
        ("shorter-side", "bilinear", "center cropped"), ("stretch", "bilinear", "stretched"),
        ("cover", "lanczos", "covered, Lanczos"), ("stretch", "nearest", "stretched, nearest"),
    ];

    /// <summary>
    /// Returns every usual range and order of channels with every usual way to resize. The draft itself comes first.
    /// </summary>
    public static IReadOnlyList<Variant> Of(Draft draft)
    {
        var resizes = draft.Find("input.resize.mode")?.Value.GetValue<string>() == "none"
            ? [("as drafted", draft)]
            : ResizesOf(draft);
        return [.. resizes.SelectMany(resize => RangesOf(resize.Draft).Select(range => (
                Text: $"{range.Text}; {resize.Text}", range.Draft)))
            .Select((each, rank) => new Variant(each.Text, each.Draft, rank))];
    }

    /// <summary>
    /// Returns every usual range and order of channels, resized as drafted. The draft itself comes first.
    /// </summary>
    public static IReadOnlyList<Variant> Ranges(Draft draft) =>
        [.. RangesOf(draft).Select((range, rank) => new Variant(range.Text, range.Draft, rank))];

    private static List<(string Text, Draft Draft)> RangesOf(Draft draft)
    {
        var drafted = draft.Find("input.channels")?.Value.GetValue<string>() ?? "RGB";
        var orders = drafted == "grey" ? ["grey"] : drafted == "BGR" ? ["BGR", "RGB"] : (string[])["RGB", "BGR"];
        var draftedRange = ValueRange.Of(draft);
        // The draft's range is the usual one for the source, whatever the order of the channels.
        var ranges = draftedRange is null
            ? new ValueRange?[] { null }
            : [.. MostUsualFirst.OrderByDescending(range => range.IsSameAs(draftedRange))];
        var found = new List<(string Text, Draft Draft)> { ("as drafted", draft) };
        foreach (var order in orders)
        {
            foreach (var range in ranges)
            {
                var changed = draft.Copy();
                if (order != drafted)
                {
                    changed.Set("input.channels", JsonValue.Create(order), Tried, Certainty.Likely);
                }

                range?.SetIn(changed, Tried, Certainty.Likely);
                Add(found, $"{range?.Text ?? "0 to 255, as stored"}{(order == "grey" ? "" : $", {order}")}", changed);
            }
        }

        return found;
    }

    private static List<(string Text, Draft Draft)> ResizesOf(Draft draft)
    {
        var found = new List<(string Text, Draft Draft)> { ("resized as drafted", draft) };
        foreach (var (mode, filter, text) in Resizes)
        {
            var changed = draft.Copy();
            SetMode(changed, mode, Tried, Certainty.Likely);
            changed.Set("input.resize.filter", JsonValue.Create(filter), Tried, Certainty.Likely);
            Add(found, text, changed);
        }

        return found;
    }

    /// <summary>Sets a way to resize, and its related members.</summary>
    /// <param name="side">For modes that crop: pixels before the crop; null for the usual value.</param>
    public static void SetMode(Draft draft, string mode, string because, Certainty certainty, int? side = null)
    {
        foreach (var member in (string[])["input.resize.side", "input.resize.offset", "input.resize.colour"])
        {
            draft.Remove(member);
        }

        if (mode == "none")
        {
            draft.Remove("input.resize.filter");
        }

        draft.Set("input.resize.mode", JsonValue.Create(mode), because, certainty);
        if (mode is "shorter-side" or "stretch-crop")
        {
            var longer = Math.Max(Side("input.width"), Side("input.height"));
            draft.Set(
                "input.resize.side", JsonValue.Create(side ?? (int)Math.Floor(longer / 0.875)),
                side is null ? "usually 8/7 of the input's side" : because,
                side is null && certainty == Certainty.Certain ? Certainty.Unsure : certainty);
        }

        int Side(string member) => draft.Find(member)!.Value.GetValue<int>();
    }

    // Skip duplicates of the draft, which is tried under its own name.
    private static void Add(List<(string Text, Draft Draft)> found, string text, Draft draft)
    {
        if (draft.ToJson() != found[0].Draft.ToJson())
        {
            found.Add((text, draft));
        }
        else
        {
            found[0] = (text, found[0].Draft);
        }
    }
}

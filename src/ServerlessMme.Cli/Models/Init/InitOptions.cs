using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Options that say what the files do not.</summary>
internal sealed class InitOptions
{
    private const string Because = "the command line";

    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "File with a label per line, in the order of the scores.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _size = new("--size")
    {
        Description = "Width and height of the input, as in 224x224.",
        HelpName = "WxH",
    };

    private readonly Option<string?> _range = new("--range") { Description = "What pixel values become." };

    private readonly Option<string?> _channels = new("--channels") { Description = "Order of the channels." };

    private readonly Option<string?> _resize = new("--resize") { Description = "How images get the input's size." };

    private readonly Option<string?> _activation = new("--activation") { Description = "What makes scores of outputs." };

    public InitOptions()
    {
        _range.AcceptOnlyFromAmong([.. ValueRange.All.Select(range => range.Name)]);
        _channels.AcceptOnlyFromAmong("RGB", "BGR", "grey");
        _resize.AcceptOnlyFromAmong("stretch", "shorter-side", "cover", "letterbox", "none");
        _activation.AcceptOnlyFromAmong("none", "softmax", "sigmoid");
    }

    public IReadOnlyList<Option> All => [_labels, _size, _channels, _range, _resize, _activation];

    /// <summary>Applies the options to the draft. Returns a message for the user if one is invalid, otherwise null.</summary>
    public async Task<string?> ApplyAsync(ParseResult parsed, Draft draft, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_labels) is { } file)
        {
            if (!File.Exists(file))
            {
                return $"There is no file '{Printable.Text(file)}' for --labels.";
            }

            if (LabelFile.Set(draft, file, await File.ReadAllLinesAsync(file, cancellationToken)) is { } unfit)
            {
                return unfit;
            }
        }

        if (parsed.GetValue(_size) is { } size && SetSize(draft, size) is { } problem)
        {
            return problem;
        }

        if (parsed.GetValue(_channels) is { } channels)
        {
            ValueRange.Of(draft)?.SetIn(draft, channels);
            Set(draft, "input.channels", JsonValue.Create(channels));
        }

        SetText(draft, "output.activation", parsed.GetValue(_activation));
        if (parsed.GetValue(_range) is { } range)
        {
            ValueRange.All.Single(each => each.Name == range).SetIn(draft, Because, Certainty.Certain);
        }

        if (parsed.GetValue(_resize) is { } mode)
        {
            SetText(draft, "input.resize.mode", mode);
            foreach (var member in (string[])["input.resize.side", "input.resize.offset", "input.resize.colour"])
            {
                draft.Remove(member);
            }
        }

        return null;
    }

    private static string? SetSize(Draft draft, string size)
    {
        if (size.Split('x') is not [var width, var height]
            || !TryParse(width, out var w) || !TryParse(height, out var h))
        {
            return $"--size '{Printable.Text(size)}' is not a width and a height, as in 224x224.";
        }

        foreach (var (member, wanted) in (ReadOnlySpan<(string, int)>)[("input.width", w), ("input.height", h)])
        {
            if (draft.Find(member) is { Certainty: Certainty.Certain } known && known.Value.GetValue<int>() != wanted)
            {
                return $"--size {w}x{h} does not fit: the model takes {draft.Find("input.width")!.Value}x"
                    + $"{draft.Find("input.height")!.Value}, and only that. Leave --size out.";
            }

            Set(draft, member, JsonValue.Create(wanted));
        }

        return null;
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static void SetText(Draft draft, string member, string? value)
    {
        if (value is not null)
        {
            Set(draft, member, JsonValue.Create(value));
        }
    }

    private static void Set(Draft draft, string member, JsonNode value) =>
        draft.Set(member, value, Because, Certainty.Certain);
}

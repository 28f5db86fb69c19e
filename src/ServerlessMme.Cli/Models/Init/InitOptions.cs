using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Options for values that the export's files don't contain.</summary>
internal sealed class InitOptions
{
    private const string Because = "the command line";
    private static readonly string[] Resizes = ["stretch", "shorter-side", "cover", "letterbox", "none"];

    private readonly Option<string?> _labels = new("--labels")
    {
        Description = "File with one label per line, in the order of the scores.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _size = new("--size")
    {
        Description = "Width and height of the input, as in 224x224.",
        HelpName = "WxH",
    };

    private readonly Option<string?> _range = new("--range") { Description = "Range that pixel values are mapped to." };

    private readonly Option<string?> _channels = new("--channels") { Description = "Order of the channels." };

    private readonly Option<string?> _resize = new("--resize")
    {
        Description = "How to resize images: stretch, shorter-side, shorter-side:256, cover, letterbox, none.",
        HelpName = "MODE",
    };

    private readonly Option<string?> _activation = new("--activation")
    {
        Description = "Function that turns outputs into scores.",
    };

    public InitOptions()
    {
        _range.AcceptOnlyFromAmong([.. ValueRange.All.Select(range => range.Name)]);
        _channels.AcceptOnlyFromAmong("RGB", "BGR", "grey");
        _resize.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !IsResize(token.Value))
            {
                result.AddError($"--resize is '{Printable.Text(token.Value, 60)}', but must be one of "
                    + $"{string.Join(", ", Resizes)}. To choose the side before the crop, use a value "
                    + "such as shorter-side:256.");
            }
        });
        _activation.AcceptOnlyFromAmong("none", "softmax", "sigmoid");
    }

    public IReadOnlyList<Option> All => [_labels, _size, _channels, _range, _resize, _activation];

    /// <summary>Applies the options to the draft. Returns a message for the user if one is invalid, otherwise null.</summary>
    public async Task<string?> ApplyAsync(ParseResult parsed, Draft draft, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_labels) is { } file)
        {
            if (await LabelFile.SetAsync(draft, file, cancellationToken) is { } unfit)
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
            if (draft.Find("input.type")!.Value.GetValue<string>() == "uint8")
            {
                return "--range has no effect, because the model takes pixel values unchanged, as uint8. Omit --range.";
            }

            ValueRange.All.Single(each => each.Name == range).SetIn(draft, Because, Certainty.Certain);
        }

        if (parsed.GetValue(_resize) is { } resize)
        {
            var parts = resize.Split(':');
            Variants.SetMode(
                draft, parts[0], Because, Certainty.Certain,
                parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : null);
        }

        return null;
    }

    private static string? SetSize(Draft draft, string size)
    {
        if (size.Split('x') is not [var width, var height]
            || !TryParse(width, out var w) || !TryParse(height, out var h))
        {
            return $"--size is '{Printable.Text(size)}', but must be a width and a height, as in 224x224.";
        }

        var (hasWidth, hasHeight) = (draft.Find("input.width")!.Value, draft.Find("input.height")!.Value);
        if (draft.IsSizeFixed && (hasWidth.GetValue<int>(), hasHeight.GetValue<int>()) != (w, h))
        {
            return $"--size is {w}x{h}, but the model takes only {hasWidth}x{hasHeight}. Omit --size.";
        }

        var isSame = (hasWidth.GetValue<int>(), hasHeight.GetValue<int>()) == (w, h);
        Set(draft, "input.width", JsonValue.Create(w));
        Set(draft, "input.height", JsonValue.Create(h));
        if (!isSame && draft.Find("input.resize.side") is not null)
        {
            // The side before the crop depends on the size after it.
            var mode = draft.Find("input.resize.mode")!;
            Variants.SetMode(draft, mode.Value.GetValue<string>(), mode.Because, mode.Certainty);
        }

        return null;
    }

    private static bool IsResize(string text) => text.Split(':') switch
    {
        [var mode] => Resizes.Contains(mode),
        ["shorter-side", var side] => TryParse(side, out var pixels) && pixels <= 4096,
        _ => false,
    };

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

using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Drafts the preprocessing that <c>preprocessor_config.json</c> describes.</summary>
internal static class HuggingFaceDraft
{
    private const string File = "preprocessor_config.json";

    // These image processors do exactly what the members of the file say.
    private static readonly string[] Understood =
        [
            "vit", "deit", "beit", "convnext", "resnet", "mobilenet", "bit", "levit", "mobilevit", "efficientnet", "clip",
            "siglip", "poolformer", "swin",
        ];

    private static readonly string[] Filters = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

    /// <summary>Fills the draft. Returns false if there is no such file.</summary>
    public static bool TryFill(Draft draft, Companions files)
    {
        if (files.Json(File) is not { } config)
        {
            return false;
        }

        var kind = UntrustedJson.Text(config, "image_processor_type") ?? UntrustedJson.Text(config, "feature_extractor_type") ?? "";
        kind = kind.ToLowerInvariant();
        FillResize(draft, config, kind);
        FillRange(draft, config, kind);
        if (!Array.Exists(Understood, known => kind.StartsWith(known, StringComparison.Ordinal)))
        {
            Doubt(draft, kind.Length == 0 ? "without an image processor" : $"of a {Printable.Text(kind, 40)}");
        }

        return true;
    }

    /// <summary>Lowers the certainty, because other processors may do more than the file says.</summary>
    private static void Doubt(Draft draft, string why)
    {
        foreach (var finding in draft.Findings.Where(finding => finding.Because == File))
        {
            draft.Set(finding.Member, finding.Value.DeepClone(), $"{File} {why}", Certainty.Likely);
        }
    }

    private static void FillResize(Draft draft, JsonObject config, string kind)
    {
        if (!IsOn(config, "do_resize", true))
        {
            Set(draft, "input.resize.mode", "none");
            return;
        }

        var size = Size.Read(config["size"], isShortest: !kind.StartsWith("vit", StringComparison.Ordinal)
            && !kind.StartsWith("deit", StringComparison.Ordinal)
            && !kind.StartsWith("beit", StringComparison.Ordinal));
        if (UntrustedJson.Number(config, "resample") is { } resample && resample >= 0 && resample < Filters.Length)
        {
            Set(draft, "input.resize.filter", Filters[(int)resample]);
        }

        if (kind.StartsWith("convnext", StringComparison.Ordinal))
        {
            FillConvNext(draft, config, size);
            return;
        }

        var crop = IsOn(config, "do_center_crop", false) ? Size.Read(config["crop_size"], isShortest: false) : null;
        var result = crop ?? size;
        SetSize(draft, result);
        if (size.Shortest is { } shortest)
        {
            // The processors of LeViT and PoolFormer enlarge the edge given in their files.
            var side = kind.StartsWith("levit", StringComparison.Ordinal) ? (int)(256 / 224.0 * shortest)
                : kind.StartsWith("poolformer", StringComparison.Ordinal)
                    ? (int)(shortest / (UntrustedJson.Number(config, "crop_pct") is { } part and > 0 ? part : 0.9))
                : shortest;
            Set(draft, "input.resize.mode", "shorter-side");
            Set(draft, "input.resize.side", side);
            Set(draft, "input.resize.offset", "floor");
        }
        else if (crop is not null && size.Width == size.Height
            && (crop.Width, crop.Height) != (size.Width, size.Height))
        {
            Set(draft, "input.resize.mode", "stretch-crop");
            Set(draft, "input.resize.side", size.Width);
            Set(draft, "input.resize.offset", "floor");
        }
        else
        {
            Set(draft, "input.resize.mode", "stretch");
        }
    }

    /// <summary>
    /// Drafts the resizing of ConvNeXt. Below 384 pixels, the image is resized to a larger size and cropped; from 384
    /// pixels on, it is stretched.
    /// </summary>
    private static void FillConvNext(Draft draft, JsonObject config, Size size)
    {
        var side = size.Shortest ?? size.Width;
        SetSize(draft, new Size(side, side, null));
        if (side >= 384)
        {
            Set(draft, "input.resize.mode", "stretch");
            return;
        }

        Set(draft, "input.resize.mode", "shorter-side");
        Set(draft, "input.resize.side", (int)(side / (UntrustedJson.Number(config, "crop_pct") ?? (224.0 / 256))));
        Set(draft, "input.resize.offset", "floor");
    }

    private static void FillRange(Draft draft, JsonObject config, string kind)
    {
        // MobileViT's processor has no normalization, and swaps red and blue.
        if (kind.StartsWith("mobilevit", StringComparison.Ordinal))
        {
            if (IsOn(config, "do_flip_channel_order", true) || IsOn(config, "do_flip_channels", false))
            {
                Set(draft, "input.channels", "BGR");
            }

            var factor = IsOn(config, "do_rescale", true) ? UntrustedJson.Number(config, "rescale_factor") ?? (1 / 255.0) : 1;
            new ValueRange("", "", factor, [0, 0, 0], [1, 1, 1]).SetIn(draft, File, Certainty.Certain);
            return;
        }

        var scale = IsOn(config, "do_rescale", true) ? UntrustedJson.Number(config, "rescale_factor") ?? (1 / 255.0) : 1;
        var isNormalized = IsOn(config, "do_normalize", true);
        var mean = isNormalized ? UntrustedJson.Numbers(config["image_mean"]) ?? [0.5, 0.5, 0.5] : [0, 0, 0];
        var std = isNormalized ? UntrustedJson.Numbers(config["image_std"]) ?? [0.5, 0.5, 0.5] : [1, 1, 1];
        if (kind.StartsWith("efficientnet", StringComparison.Ordinal))
        {
            // The processor can shift the values down by one, and divide by the deviation twice.
            mean = IsOn(config, "rescale_offset", false) ? [.. mean.Select(value => value + 1)] : mean;
            std = IsOn(config, "include_top", false) && isNormalized ? [.. std.Select(value => value * value)] : std;
            new ValueRange("", "", scale, mean, std).SetIn(draft, File, Certainty.Likely);
            return;
        }

        new ValueRange("", "", scale, mean, std).SetIn(draft, File, Certainty.Certain);
    }

    private static void SetSize(Draft draft, Size size)
    {
        var (width, height) = size.Shortest is { } side ? (side, side) : (size.Width, size.Height);
        foreach (var (member, value) in (ReadOnlySpan<(string, int)>)[("input.width", width), ("input.height", height)])
        {
            // Values fixed by the ONNX file take precedence over the configuration.
            if (draft.Find(member)?.Certainty != Certainty.Certain)
            {
                Set(draft, member, value);
            }
        }
    }

    private static void Set(Draft draft, string member, JsonNode value) =>
        draft.Set(member, value, File, Certainty.Certain);

    private static void Set(Draft draft, string member, int value) => Set(draft, member, JsonValue.Create(value));

    private static bool IsOn(JsonObject config, string member, bool standard) =>
        config[member]?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => standard,
        };

    /// <summary>A size in its three spellings: a number, height and width, or the shortest edge.</summary>
    private sealed record Size(int Width, int Height, int? Shortest)
    {
        public static Size Read(JsonNode? node, bool isShortest)
        {
            if (node is JsonObject named)
            {
                return UntrustedJson.Number(named, "shortest_edge") is { } edge
                    ? new Size((int)edge, (int)edge, (int)edge)
                    : new Size((int)(UntrustedJson.Number(named, "width") ?? 224), (int)(UntrustedJson.Number(named, "height") ?? 224), null);
            }

            if (node is JsonArray && UntrustedJson.Numbers(node) is { } sides)
            {
                return new Size((int)sides[1], (int)sides[0], null);
            }

            var side = node?.GetValueKind() == JsonValueKind.Number ? (int)node.GetValue<double>() : 224;
            return new Size(side, side, isShortest ? side : null);
        }
    }
}

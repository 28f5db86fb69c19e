using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Drafts the preprocessing that timm's <c>config.json</c> describes.</summary>
internal static class TimmDraft
{
    private const string File = "config.json";

    public static void Fill(Draft draft, Companions files)
    {
        var config = files.Json(File)!;
        var cfg = config["pretrained_cfg"] as JsonObject ?? config;
        var side = 224;
        if (cfg["input_size"] is JsonArray { Count: 3 } && UntrustedJson.Numbers(cfg["input_size"]) is { } size)
        {
            side = (int)size[1];
            SetOpen("input.height", (int)size[1]);
            SetOpen("input.width", (int)size[2]);
        }

        side = draft.Find("input.height")!.Value.GetValue<int>() is var height and > 0 ? height : side;
        var isGiven = cfg["interpolation"] is not null;
        draft.Set(
            "input.resize.filter", JsonValue.Create(UntrustedJson.Text(cfg, "interpolation") ?? "bicubic"),
            isGiven ? File : "timm's default", isGiven ? Certainty.Certain : Certainty.Likely);
        FillResize(draft, cfg, side);
        new ValueRange(
            "", "", 1 / 255.0,
            UntrustedJson.Numbers(cfg["mean"]) ?? ValueRange.ImageNet.Mean,
            UntrustedJson.Numbers(cfg["std"]) ?? ValueRange.ImageNet.Std).SetIn(
                draft, cfg["mean"] is null ? "timm's default" : File,
                cfg["mean"] is null ? Certainty.Likely : Certainty.Certain);

        void SetOpen(string member, int value)
        {
            if (draft.Find(member)?.Certainty != Certainty.Certain)
            {
                draft.Set(member, JsonValue.Create(value), File, Certainty.Certain);
            }
        }
    }

    private static void FillResize(Draft draft, JsonObject cfg, int side)
    {
        var percent = UntrustedJson.Number(cfg, "crop_pct") ?? 0.875;
        // timm rounds down: floor(224 / 0.95) is 235.
        var resized = (int)Math.Floor(side / percent);
        var mode = UntrustedJson.Text(cfg, "crop_mode") ?? "center";
        var because = cfg["crop_pct"] is null ? "timm's default crop_pct 0.875" : $"crop_pct {percent} in config.json";
        if (mode == "squash")
        {
            Set("input.resize.mode", JsonValue.Create(resized == side ? "stretch" : "stretch-crop"), Certainty.Certain);
        }
        else if (mode == "border")
        {
            // The bars have the mean's color, as in timm.
            var mean = UntrustedJson.Numbers(cfg["mean"]) ?? ValueRange.ImageNet.Mean;
            Set("input.resize.mode", JsonValue.Create("letterbox"), Certainty.Likely);
            Set(
                "input.resize.colour",
                new JsonArray([.. mean.Select(m => JsonValue.Create((int)Math.Min(255, Math.Round(255 * m))))]),
                Certainty.Likely);
            Set("input.resize.offset", JsonValue.Create("floor"), Certainty.Likely);
            return;
        }
        else
        {
            Set("input.resize.mode", JsonValue.Create("shorter-side"), Certainty.Certain);
        }

        if (mode != "squash" || resized != side)
        {
            Set("input.resize.side", JsonValue.Create(resized), Certainty.Certain);
        }

        void Set(string member, JsonNode value, Certainty certainty) => draft.Set(member, value, because, certainty);
    }
}

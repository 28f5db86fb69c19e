using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Drafts members from the input's name, type and dimensions.</summary>
internal static class InputDraft
{
    private const string File = "the file";
    private const int UsualSide = 224;

    /// <summary>Returns true if the file fixes width and height.</summary>
    public static bool IsSizeFixed(TensorFacts input, ModelSource source) =>
        Read(input.Dimensions, IsKeras(source)) is { Width: > 0, Height: > 0 };

    public static void Fill(Draft draft, TensorFacts input, ModelSource source)
    {
        var shape = Read(input.Dimensions, IsKeras(source));
        draft.Set("input.name", JsonValue.Create(input.Name), File, Certainty.Certain);
        SetSide("input.width", shape.Width);
        SetSide("input.height", shape.Height);
        draft.Set(
            "input.layout", JsonValue.Create(shape.Layout), File,
            shape.IsCertain ? Certainty.Certain : Certainty.Likely);
        draft.Set(
            "input.channels", JsonValue.Create(shape.IsGray ? "grey" : "RGB"),
            shape.IsGray ? File : "used by nearly all training code",
            shape.IsGray ? Certainty.Certain : Certainty.Likely);
        draft.Set(
            "input.type", JsonValue.Create(input.Type == "uint8" ? "uint8" : "float32"),
            input.Type == "float16" ? "the file says float16, which is converted" : File, Certainty.Certain);

        void SetSide(string member, int side) => draft.Set(
            member,
            JsonValue.Create(side > 0 ? side : UsualSide),
            side > 0 ? File : "the usual size, because the file doesn't fix it",
            side > 0 ? Certainty.Certain : Certainty.Unsure);
    }

    private static bool IsKeras(ModelSource source) => source is ModelSource.Keras or ModelSource.TeachableMachine;

    private static Shape Read(IReadOnlyList<int> sizes, bool isKeras) => sizes switch
    {
        [_, 1 or 3, var h, var w] => new Shape(w, h, "NCHW", sizes[1] == 1, true),
        [_, var h, var w, 1 or 3] => new Shape(w, h, "NHWC", sizes[3] == 1, true),
        [_, var h, var w, _] when isKeras => new Shape(w, h, "NHWC", false, false),
        [_, _, var h, var w] => new Shape(w, h, "NCHW", false, false),
        [3, var h, var w] => new Shape(w, h, "NCHW", false, true),
        [var h, var w, 3] => new Shape(w, h, "NHWC", false, true),
        [_, var h, var w] => new Shape(w, h, isKeras ? "NHWC" : "NCHW", true, true),
        _ => new Shape(-1, -1, isKeras ? "NHWC" : "NCHW", false, false),
    };

    private readonly record struct Shape(int Width, int Height, string Layout, bool IsGray, bool IsCertain);
}

namespace ServerlessMme.Benchmarks.Group;

/// <summary>What a part of the benchmark is asked to do. What is left out is as the project's goals have it.</summary>
internal sealed class GroupOptions(Arguments arguments)
{
    /// <summary>Models, or null for the part's number.</summary>
    public int Models(int standard) => arguments.Number("--models", standard);

    /// <summary>Width and height of an image.</summary>
    public int Size(int standard) => arguments.Number("--size", standard);

    /// <summary>Images of one round of ours.</summary>
    public int Images(int standard) => arguments.Number("--images", standard);

    /// <summary>Images of one round of the plain sessions.</summary>
    public int PlainImages(int standard) => arguments.Number("--plain-images", standard);

    public int Rounds(int standard) => arguments.Rounds(standard);

    /// <summary>Private memory up to which plain sessions are opened.</summary>
    public int PlainMiB => arguments.Number("--plain-mib", 6144);

    public bool Save => arguments.Save;
}

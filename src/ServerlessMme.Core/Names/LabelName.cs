namespace ServerlessMme.Core.Names;

/// <summary>Derives a label's name from the image's name, so classifying an image twice writes the same blob.</summary>
public static class LabelName
{
    /// <summary>Appended to the image's name.</summary>
    public const string Suffix = ".json";

    /// <summary>
    /// Returns the name of an image's label in <c>labels-{model}</c>. An archive's label is its summary, which is
    /// written last and so shows whether the answer is complete and current.
    /// </summary>
    public static string Of(string image) =>
        image + (ArchiveName.IsArchive(image) ? ArchiveName.SummarySuffix : Suffix);
}

namespace ServerlessMme.Cli.Truth;

/// <summary>The correct label of an image, from a file or a folder.</summary>
/// <param name="Image">The image's name in its container; not checked yet.</param>
/// <param name="Place">The source of the row, for messages: a line or a file.</param>
internal sealed record TruthRow(string Image, string Label, string Place);

/// <summary>The rows of a file or folder.</summary>
/// <param name="Unlabeled">Number of rows or images without a label, which were left out.</param>
internal sealed record TruthRows(IReadOnlyList<TruthRow> Rows, int Unlabeled);

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// The paths of the store's files. Graphs and packs are renamed to these paths when they are complete, and never
/// change.
/// </summary>
internal sealed class StoreLayout
{
    public StoreLayout(string root)
    {
        Root = Path.GetFullPath(root);
        foreach (var folder in new[] { Graphs, Packs, Users })
        {
            Directory.CreateDirectory(folder);
        }

        // Opened for sharing, because several processes may create the store at the same time.
        new FileStream(Anchor, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete).Dispose();
    }

    public string Root { get; }

    /// <summary>One file per model: <c>{key}.graph</c>.</summary>
    public string Graphs => Path.Combine(Root, "graphs");

    /// <summary>Files of tensors: <c>{SHA-256 of the file}.pack</c>.</summary>
    public string Packs => Path.Combine(Root, "packs");

    /// <summary>The file that records which networks follow each cut point.</summary>
    public string Trunks => Path.Combine(Root, "trunks");

    /// <summary>One lock file and one folder for each process that uses the store.</summary>
    public string Users => Path.Combine(Root, "users");

    /// <summary>Locked while a process adds or removes files.</summary>
    public string Lock => Path.Combine(Root, "lock");

    /// <summary>
    /// An empty file. ONNX Runtime requires the file of an external tensor to exist, even if the tensor is passed in
    /// memory.
    /// </summary>
    public string Anchor => Path.Combine(Root, AnchorName);

    public static string AnchorName => "anchor";

    public string Graph(string key) => Path.Combine(Graphs, key + ".graph");

    public string Pack(ReadOnlySpan<byte> sha256) => Pack(Convert.ToHexStringLower(sha256));

    public string Pack(string sha256) => Path.Combine(Packs, sha256 + ".pack");
}

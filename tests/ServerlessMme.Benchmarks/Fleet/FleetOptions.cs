using System.Globalization;

namespace ServerlessMme.Benchmarks.Fleet;

/// <summary>What a fleet benchmark is asked to do.</summary>
/// <param name="Kind">
/// <c>finetunes</c> of one VGG16, <c>blocks</c> for those whose last block is trained too, <c>features</c> for the
/// backbone alone, <c>distinct</c> CIFAR-10 networks, <c>tiny</c> ones, or the
/// <c>smallest</c> that has a pack of its own.
/// </param>
/// <param name="Models">Models loaded from the store.</param>
/// <param name="Naive">Models loaded as plain sessions: fewer where they would not fit into memory.</param>
/// <param name="Size">Width and height of an image.</param>
/// <param name="Folder">Where the model file and the store are; empty in the parent.</param>
/// <param name="Part">What a child process does.</param>
internal sealed record FleetOptions(
    string Kind, int Models, int Naive, int Size, string Folder, string Part, bool Save)
{
    public static FleetOptions Parse(string[] args)
    {
        var kind = Value("--kind") ?? "distinct";
        var models = Number("--models") ?? (kind == "finetunes" ? 200 : 500);
        return new FleetOptions(kind, models, Math.Min(models, Number("--naive") ?? (kind == "finetunes" ? 20 : 500)),
            Number("--size") ?? (kind == "finetunes" ? 64 : 32), Value("--folder") ?? "", Value("--part") ?? "",
            args.Contains("--save"));

        string? Value(string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();

        int? Number(string name) => Value(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
    }

    public string[] ToArguments() =>
        ["--kind", Kind, "--models", $"{Models}", "--naive", $"{Naive}", "--size", $"{Size}", "--folder", Folder,
            "--part", Part];
}

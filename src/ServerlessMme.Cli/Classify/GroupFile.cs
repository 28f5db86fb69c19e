using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Classify;

/// <summary>
/// A group file, given by its path or by the group's name under <c>models/</c>. Its members are in the same folder.
/// </summary>
internal sealed class GroupFile(string text)
{
    private const string Suffix = ".json";

    /// <summary>The file's full path.</summary>
    public string FullPath { get; } = Path.GetFullPath(
        File.Exists(text) ? text : Path.Combine("models", text.EndsWith(Suffix, StringComparison.Ordinal)
            ? text
            : text + Suffix));

    /// <summary>The group's name, which is the file's name without its suffix.</summary>
    public Outcome<ModelName> Name => ModelName.Parse(Path.GetFileNameWithoutExtension(FullPath));

    /// <summary>The folder that contains the file.</summary>
    public string Parent => Path.GetDirectoryName(FullPath)!;

    /// <summary>Returns why this is not a group file, or null if it may be one.</summary>
    public string? FindProblem()
    {
        if (!File.Exists(FullPath) || Path.GetExtension(FullPath) != Suffix)
        {
            return $"There is no group in '{Printable.Text(FullPath)}'. A group is a file such as models/topics.json "
                + """that contains {"group":["topic-cats","topic-boats"]} or {"group":{"prefix":"topic-"}}. """
                + "Its members' folders are next to it.";
        }

        return ModelFolder.IsGroup(FullPath)
            ? null
            : $"'{Printable.Text(FullPath)}' is not a group file, because it doesn't begin with {{\"group\":. To "
                + "classify with a model, use --model.";
    }
}

using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Invocations;

/// <summary>
/// Maps a client's target model to a model name. An alias comes first, with or without <c>.tar.gz</c>; then the model's
/// own name, with or without <c>.tar.gz</c>. Leading slashes are ignored. Thread-safe.
/// </summary>
internal sealed class TargetModels(IOptions<ServeOptions> options)
{
    private const string ArchiveSuffix = ".tar.gz";

    /// <summary>Returns the model's name; null if the target isn't a valid name.</summary>
    public ModelName? Find(string target)
    {
        var text = target.TrimStart('/');
        var bare = text.EndsWith(ArchiveSuffix, StringComparison.Ordinal) ? text[..^ArchiveSuffix.Length] : text;
        var aliases = options.Value.Aliases;
        var name = aliases.GetValueOrDefault(text) ?? aliases.GetValueOrDefault(bare) ?? bare;
        return ModelName.Parse(name).TryGet(out var model, out _) ? model : null;
    }
}

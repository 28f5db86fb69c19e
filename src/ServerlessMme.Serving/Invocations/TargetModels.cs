using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Invocations;

/// <summary>
/// The model that a client's target model names. In this order: an alias, whole or without <c>.tar.gz</c>; the model's
/// name; its name and <c>.tar.gz</c>. A slash before it is left out. Thread-safe.
/// </summary>
internal sealed class TargetModels(IOptions<ServeOptions> options)
{
    private const string ArchiveSuffix = ".tar.gz";

    /// <summary>The name; null when the target can be none.</summary>
    public ModelName? Find(string target)
    {
        var text = target.TrimStart('/');
        var bare = text.EndsWith(ArchiveSuffix, StringComparison.Ordinal) ? text[..^ArchiveSuffix.Length] : text;
        var aliases = options.Value.Aliases;
        var name = aliases.GetValueOrDefault(text) ?? aliases.GetValueOrDefault(bare) ?? bare;
        return ModelName.Parse(name).TryGet(out var model, out _) ? model : null;
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Models;

/// <summary>A published model, alias or group as JSON.</summary>
/// <param name="Kind"><c>model</c>, <c>alias</c> or <c>group</c>.</param>
/// <param name="Target">The model that an alias stands for; null for others.</param>
/// <param name="Bytes">Size of the artifact; null for a group.</param>
/// <param name="Prefix">The prefix of a group's members; null for others.</param>
/// <param name="Members">The members of a group; null for others.</param>
internal sealed record ListedModel(
    string Name,
    string Kind,
    string? Target,
    string Version,
    long? Bytes,
    string? Prefix,
    IReadOnlyList<ListedMember>? Members)
{
    public static ListedModel Of(ModelDescriptor model) => new(
        model.Name.Value,
        model.Members is not null ? "group" : model.Target is not null ? "alias" : "model",
        model.Target?.Value,
        model.Version,
        model.Members is null ? model.Bytes : null,
        model.Prefix,
        model.Members?.Select(member => new ListedMember(member.Name.Value, member.Version, member.IsGroup)).ToList());
}

/// <param name="Version">Null if nothing is published under the name.</param>
/// <param name="IsGroup">
/// True if the name is a group. A group can't be a member of a group, so its answer is a refusal.
/// </param>
internal sealed record ListedMember(string Name, string? Version, bool IsGroup);

/// <summary>All details of a published model as JSON.</summary>
/// <param name="Model">The model's own name, even if the user specified an alias.</param>
/// <param name="Digest">SHA-256 of the artifact.</param>
/// <param name="BytesOnDisk">Size of the unpacked files.</param>
/// <param name="PrivateBytes">Private memory of the loaded model; null if this machine can't load it.</param>
/// <param name="MaxBatch">Maximum number of images scored together; null if this machine can't load the model.</param>
/// <param name="Problem">Why the model can't be read or loaded; null if it can.</param>
/// <param name="Manifest">The content of model.json; null if it isn't JSON.</param>
internal sealed record ShownModel(
    string Name,
    string Model,
    string Version,
    string Digest,
    long Bytes,
    long BytesOnDisk,
    long? PrivateBytes,
    int? MaxBatch,
    string? Problem,
    JsonElement? Manifest);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<ListedModel>))]
[JsonSerializable(typeof(ShownModel))]
[JsonSerializable(typeof(CheckDocument))]
internal sealed partial class ModelsJson : JsonSerializerContext;

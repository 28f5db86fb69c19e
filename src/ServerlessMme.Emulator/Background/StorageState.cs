using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServerlessMme.Emulator.Background;

/// <summary>The state file's record of the storage that was started last.</summary>
/// <param name="Version">Version of the file's format.</param>
/// <param name="ProcessStart">Shows whether the process with that ID is still the one that was started.</param>
/// <param name="Ports">Null until storage responds.</param>
/// <param name="Machine">Name of the machine that storage runs on; null if it wasn't recorded.</param>
internal sealed record StorageState(
    int Version, int ProcessId, ProcessStart ProcessStart, DateTimeOffset StartedAt, StoragePorts? Ports,
    string? Machine = null)
{
    public const int CurrentVersion = 1;
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StorageState))]
internal sealed partial class StateJson : JsonSerializerContext;

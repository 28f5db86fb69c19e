using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Failures;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Trials;

/// <summary>A model to try.</summary>
/// <param name="OnnxPath">The file, already inspected.</param>
/// <param name="Folder">Empty folder for the optimized model; null if it isn't kept.</param>
/// <param name="MemoryBytes">Maximum memory for loading and running it.</param>
/// <param name="RunTimeout">Maximum time for one run.</param>
internal sealed record TrialRequest(string Model, string ManifestPath, string OnnxPath, string? Folder,
    long MemoryBytes, TimeSpan RunTimeout, int IntraOpThreads);

/// <summary>How a trial ended.</summary>
internal enum TrialEnd
{
    Passed,
    Refused,
    OutOfMemory,
    LoadTimeout,
    RunTimeout,

    /// <summary>The child process died.</summary>
    Crashed,

    /// <summary>The system killed the child process, as it does if the machine runs out of memory.</summary>
    KilledBySystem,

    /// <summary>The child process never responded, so child processes can't be used.</summary>
    NotStarted,
}

/// <summary>The result of a trial.</summary>
internal sealed record TrialReport(TrialEnd End)
{
    /// <summary>Set when the model was refused.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>Why the model was not stored, or how the trial ended; null if there is nothing to report.</summary>
    public string? Detail { get; init; }

    /// <summary>True if the folder has the optimized model.</summary>
    public bool IsStored { get; init; }

    /// <summary>Scores of <see cref="Probe"/>'s image; null if the model could not be run on it.</summary>
    public float[]? Scores { get; init; }

    /// <summary>Memory that a run takes; null if it was not measured.</summary>
    public RunMemory? Run { get; init; }

    public static TrialReport Refuse(Refusal refusal) => new(TrialEnd.Refused) { Refusal = refusal };
}

/// <summary>The progress of a child process. Each step has its own time limit.</summary>
internal enum TrialStep
{
    /// <summary>The process waits for requests.</summary>
    Ready,

    /// <summary>The model is open; its first run begins.</summary>
    Loaded,

    /// <summary>A run ended, and another begins.</summary>
    Ran,

    /// <summary>
    /// The model passed; the message has its report. The model is opened again in a form that may be faster.
    /// </summary>
    Reopening,

    /// <summary>The trial ended; the message has its report.</summary>
    Done,
}

/// <summary>A line that a child process writes.</summary>
internal sealed record TrialMessage(TrialStep Step, TrialReport? Report = null);

[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrialRequest))]
[JsonSerializable(typeof(TrialMessage))]
internal sealed partial class TrialJson : JsonSerializerContext
{
    public static string Line(TrialRequest request) => JsonSerializer.Serialize(request, Default.TrialRequest);

    public static string Line(TrialMessage message) => JsonSerializer.Serialize(message, Default.TrialMessage);

    /// <exception cref="JsonException">The line is not a request.</exception>
    public static TrialRequest ReadRequest(string line) => JsonSerializer.Deserialize(line, Default.TrialRequest)
        ?? throw new JsonException("The line contains no request.");

    /// <summary>Reads a message; null if the line isn't one.</summary>
    public static TrialMessage? TryReadMessage(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Default.TrialMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

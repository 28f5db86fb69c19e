using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>Stops reading an archive that exceeds a limit or is damaged.</summary>
internal sealed class ArchiveStoppedException(Refusal refusal) : Exception(refusal.Message)
{
    public Refusal Refusal { get; } = refusal;
}

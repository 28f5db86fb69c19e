using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>Reading an archive stops here: it is past a limit, or damaged.</summary>
internal sealed class ArchiveStoppedException(Refusal refusal) : Exception(refusal.Message)
{
    public Refusal Refusal { get; } = refusal;
}

namespace ServerlessMme.Architecture.Tests.Samples.Surface;

// What SurfaceUser.Caller uses, and what that shows of itself. Only the last two could be internal.
public sealed class Called : CalledBase
{
    private NeededInside Inside { get; } = new();

    public Taken Swap(Taken taken) => Inside.Equals(taken) ? new Taken() : taken;
}

public abstract class CalledBase
{
    public List<Listed> All { get; } = [];

    public sealed class Nested
    {
        public NeededByNested? Value { get; init; }
    }
}

public sealed class Taken;

public sealed class Listed;

public sealed class NeededByNested;

public static class Constants
{
    public const int Value = 1;
}

public sealed class NeededInside;

public sealed class Unused
{
    public Unused? Again { get; init; }
}

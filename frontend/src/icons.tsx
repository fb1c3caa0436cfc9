import type { ReactElement, ReactNode } from "react";

const Icon = ({ size, children }: { size: number; children: ReactNode }): ReactElement => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
);

export const DecreaseIcon = (): ReactElement => (
  <Icon size={16}>
    <path d="M4.5 8h7" strokeWidth="2" strokeLinecap="butt" />
  </Icon>
);

export const IncreaseIcon = (): ReactElement => (
  <Icon size={16}>
    <path d="M4 8h8M8 4v8" strokeWidth="2" strokeLinecap="butt" />
  </Icon>
);

export const ResetIcon = (): ReactElement => (
  <Icon size={18}>
    <path d="M3.2 5.8a5.3 5.3 0 1 1-.4 3.5M3 2.6v3.3h3.3" strokeWidth="1.4" />
  </Icon>
);

export const HelpIcon = (): ReactElement => (
  <Icon size={16}>
    <circle cx="8" cy="8" r="6.7" strokeWidth="1.3" />
    <path d="M6.1 6.1a2 2 0 0 1 3.9.6c0 1.3-2 2-2 2M8 11.3v.1" strokeWidth="1.3" />
  </Icon>
);
